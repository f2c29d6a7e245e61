"""How much of what is wrong the linter finds when the same mistake is written in other ways."""
