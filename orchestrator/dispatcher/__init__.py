"""From a claimed execution to its answer: wake, call, sweep."""
