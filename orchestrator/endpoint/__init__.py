"""Validation of the shape of requests, before any state is looked at."""
