"""The language server: findings and quick fixes while somebody types."""
