"""What SQLite looks up by itself when a row is deleted."""

from __future__ import annotations

import apsw
import pytest

from orchestrator.storage.sqlite.migrate import load_migrations


@pytest.fixture(scope="module")
def schema() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    for migration in load_migrations():
        connection.execute(migration.sql)
    return connection


def test_deleting_a_row_reads_no_whole_table(schema: apsw.Connection) -> None:
    """Every foreign key has an index: SQLite looks for the rows that refer to each row that is deleted."""
    tables = [name for (name,) in schema.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    keys = [(table, key[3]) for table in tables for key in schema.execute(f"PRAGMA foreign_key_list({table})")]
    assert ("check_results", "check_key") in keys
    for table, column in keys:
        steps = [row[3] for row in schema.execute(f"EXPLAIN QUERY PLAN DELETE FROM {table} WHERE {column} = ?", (1,))]
        assert all(step.startswith("SEARCH") for step in steps), (table, column, steps)
