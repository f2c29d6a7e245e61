"""A linter that knows what a `ci` object is: it finds a workflow's mistakes before the workflow runs."""
