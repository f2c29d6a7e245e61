"""The tables, as named statements over any database that `interface` describes."""
