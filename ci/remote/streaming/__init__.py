"""Runners that work over a stream that they open to the orchestrator."""
