"""A property of all mixtures of operations."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.storage.interface import Session
from orchestrator.storage.sqlite import SQLiteDatabase
from tests.storage.conftest import NOTES, bodies

OUTCOMES = st.sampled_from(["succeed", "fail early", "fail late", "read only", "cancel"])


class Refused(Exception):
    pass


class Mixture:
    """Operations of all kinds on one database, and what they told."""

    def __init__(self) -> None:
        self.committed: list[int] = []
        self.rolled_back: list[int] = []

    async def run(self, outcomes: list[str], folder: Path) -> list[str]:
        database = await SQLiteDatabase.open(folder / "turboci.db", durability="relaxed", migrations=folder)
        try:
            callers = [asyncio.ensure_future(self._call(database, *item)) for item in enumerate(outcomes)]
            await asyncio.gather(*callers)
            await database.write(lambda session: None)  # answered after those whose callers were cancelled
            return await database.read(bodies)
        finally:
            await database.close()

    async def _call(self, database: SQLiteDatabase, number: int, outcome: str) -> None:
        def operation(session: Session) -> int:
            session.after_commit(lambda: self.committed.append(number))
            session.on_rollback(lambda: self.rolled_back.append(number))
            if outcome == "fail early":
                raise Refused
            if outcome != "read only":
                session.change("INSERT INTO notes (body) VALUES (?)", (str(number),))
            if outcome == "fail late":
                raise Refused
            return number

        writing = asyncio.ensure_future(database.write(operation))
        await asyncio.sleep(0)
        if outcome == "cancel":
            writing.cancel()
        (answer,) = await asyncio.gather(writing, return_exceptions=True)
        expected = {"succeed": int, "read only": int, "cancel": asyncio.CancelledError}
        assert type(answer) is expected.get(outcome, Refused)


@settings(max_examples=40, deadline=None)
@given(st.lists(OUTCOMES, max_size=40))
def test_mixtures(outcomes: list[str]) -> None:
    """Exactly the operations that did not raise take effect, in order; each has one kind of callback, once."""
    mixture = Mixture()
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "0001_notes.sql").write_text(NOTES)
        stored = asyncio.run(mixture.run(outcomes, folder))
    kept = [number for number, outcome in enumerate(outcomes) if not outcome.startswith("fail")]
    assert stored == [str(number) for number in kept if outcomes[number] != "read only"]
    assert mixture.committed == kept
    assert mixture.rolled_back == [number for number in range(len(outcomes)) if number not in kept]
