"""From bytes to a tree, and back from nodes to bytes."""
