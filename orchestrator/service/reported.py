"""The attempts that reports of runners are about, read together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from orchestrator.storage.interface import Connection
from orchestrator.storage.tables import attempts, stages
from orchestrator.storage.tables.attempts import AttemptRow
from orchestrator.storage.tables.stages import StageRow


class Reported:
    """Keeps attempts and their stages at hand while reports are applied; what is not at hand is read when asked for.

    Whoever changes a row in the tables meanwhile changes the one that is at hand, too.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection
        self._attempts: Final[dict[str, AttemptRow]] = {}
        self._stages: Final[dict[int, StageRow]] = {}

    def read(self, execution_ids: Iterable[str]) -> None:
        """Have attempts with these execution ids at hand; some may not exist."""
        for attempt in attempts.by_executions(self._connection, execution_ids):
            self._attempts[attempt.execution_id] = attempt
        for stage in stages.by_keys(self._connection, {attempt.stage for attempt in self._attempts.values()}):
            self._stages[stage.key] = stage

    def forget(self) -> None:
        """Have nothing at hand any more."""
        self._attempts.clear()
        self._stages.clear()

    def attempt(self, execution_id: str) -> AttemptRow | None:
        """Return the attempt with this execution id."""
        return self._attempts.get(execution_id) or attempts.by_execution(self._connection, execution_id)

    def stage(self, key: int) -> StageRow:
        """Return the stage with this key, which exists."""
        return self._stages.get(key) or stages.by_key(self._connection, key)
