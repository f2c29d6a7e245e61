"""Comments that hide findings, and what is wrong with such comments."""
