"""SQLite: one writer thread with group commit, and readers beside it."""

from orchestrator.storage.sqlite.database import SQLiteDatabase as SQLiteDatabase
from orchestrator.storage.sqlite.pragmas import Durability as Durability
