"""WriteNodes: what writers say about nodes becomes rows, all of it or nothing."""
