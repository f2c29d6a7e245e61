"""The plans of the benchmark on other programs, each in an environment of its own: `python -m benchmarks.peers`."""
