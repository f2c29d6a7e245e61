"""How SQLite carries out the named statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

import apsw
import pytest

from orchestrator.storage.sqlite.migrate import load_migrations
from orchestrator.storage.statements import statements

TOPICS = sorted(entry.name.removesuffix(".sql") for entry in files("orchestrator.storage").joinpath("sql").iterdir())
NAMES = [f"{topic}.{name}" for topic in TOPICS for name in statements(topic)]

READ_WHOLE = {
    "runners.all": "read once, at start; there are as many rows as runners",
    "cascades.plans": "read once, at start; it has rows only while a large cascade is under way",
    "checks.last_key": "SQLite's own table of keys, with a row for each table",
    "stages.last_key": "as checks.last_key",
}
"""Statements that may read a whole table, and why."""

SORTED = {
    "attempts.queues": "run once, at start",
    "attempts.next_spared": "run in cancelled plans only, for the few stages that are spared",
    "attempts.queued": "run for a runner type that has no live runner",
    "results.of_checks": "the results of a thousand checks at most",
    "checks.named": "as many rows as ids were given",
    "stages.named": "as many rows as ids were given",
    "runners.all": "run once, at start",
}
"""Statements that may sort what they found, and why."""


@pytest.fixture(scope="module")
def schema() -> Iterator[apsw.Connection]:
    """An empty database without statistics, as every new one is."""
    connection = apsw.Connection(":memory:")
    for migration in load_migrations():
        connection.execute(migration.sql)
    yield connection
    connection.close()


def plan(schema: apsw.Connection, name: str) -> list[str]:
    """Return the steps of a statement."""
    topic, _, statement = name.partition(".")
    sql = statements(topic)[statement]
    numbered = [int(number) for number in re.findall(r"\?(\d+)", sql)]
    count = max(numbered) if numbered else sql.count("?")
    return [row[3] for row in schema.execute(f"EXPLAIN QUERY PLAN {sql}", (None,) * count)]


def reads_whole_table(schema: apsw.Connection, step: str) -> bool:
    """Return whether a step goes through all rows of a table.

    A partial index holds a few of them; what is materialized was searched for by another step.
    """
    match = re.match(r"SCAN (?P<what>\w+)(?: USING (?:COVERING )?INDEX (?P<index>\w+))?", step)
    if match is None:
        return False
    if match["index"]:
        (definition,) = next(schema.execute("SELECT sql FROM sqlite_master WHERE name = ?", (match["index"],)))
        return " WHERE " not in (definition or "").replace("\n", " ")
    tables = {name for (name,) in schema.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return match["what"] in tables


@pytest.mark.parametrize("name", NAMES)
def test_no_statement_reads_a_whole_table(schema: apsw.Connection, name: str) -> None:
    """Every table is searched by an index, so that no cost grows with what is stored."""
    scans = [step for step in plan(schema, name) if reads_whole_table(schema, step)]
    assert bool(scans) == (name in READ_WHOLE), scans


@pytest.mark.parametrize("name", NAMES)
def test_no_statement_sorts_what_an_index_has_in_order(schema: apsw.Connection, name: str) -> None:
    """Order comes from an index, except where a statement is rare or finds little."""
    sorts = [step for step in plan(schema, name) if "TEMP B-TREE" in step]
    assert bool(sorts) == (name in SORTED), sorts


def test_scans_are_recognized(schema: apsw.Connection) -> None:
    """The test can fail: whole tables and whole indexes are scans, partial indexes are not."""

    def scans(sql: str) -> bool:
        steps = [row[3] for row in schema.execute(f"EXPLAIN QUERY PLAN {sql}")]
        return any(reads_whole_table(schema, step) for step in steps)

    assert scans("SELECT * FROM checks WHERE kind = 'x'")
    assert scans("SELECT plan FROM checks")
    assert scans("SELECT * FROM stages AS s JOIN checks AS checks ON checks.kind = s.id WHERE s.key = 1")
    assert not scans("SELECT due_us FROM stage_attempts WHERE due_us IS NOT NULL")
