"""SQLite behind the storage interface: one writer thread with group commit, readers beside it."""
