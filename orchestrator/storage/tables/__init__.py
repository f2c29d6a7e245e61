"""One module a table: its rows, and the named statements that read and change them."""
