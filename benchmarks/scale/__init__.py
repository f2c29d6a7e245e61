"""Large plans, many plans, many runners, many watchers, and a large file: `python -m benchmarks.scale`."""
