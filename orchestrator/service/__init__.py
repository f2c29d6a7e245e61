"""The business rules: synchronous code over a unit of work."""
