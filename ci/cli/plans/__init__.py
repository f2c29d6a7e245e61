"""The commands that look at the plans of an orchestrator, and change them."""
