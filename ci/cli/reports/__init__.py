"""What a run leaves behind for others: JUnit, Markdown, a trace, and a page."""
