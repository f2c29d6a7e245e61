"""Times plans of no-op stages over the wire, durable: `python -m benchmarks`."""
