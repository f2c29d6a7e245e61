"""What people see of a plan: one state value, fed by events, and pure functions that turn it into text."""
