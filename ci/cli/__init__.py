"""The `turboci` command."""
