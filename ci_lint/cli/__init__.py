"""The `ci-lint` command."""
