"""What modules of a project tell each other."""
