"""Makes the linter's table of `ci` from the annotations of the package."""
