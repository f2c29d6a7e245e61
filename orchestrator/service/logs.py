"""Reads the logs of attempts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from orchestrator.clock import moment
from orchestrator.service.plans import require_plan
from orchestrator.storage.interface import Connection
from orchestrator.storage.tables import attempts, logs, stages
from orchestrator.storage.tables.attempts import AttemptRow
from orchestrator.storage.tables.stages import StageRow
from turboci.errors import NotFound
from turboci.logs import LogPiece
from turboci.states import AttemptState, StageState

_PIECES: Final = 50
"""Most pieces of one page."""


@dataclass(frozen=True, slots=True)
class WantedLog:
    """What a reader asks for.

    Attributes:
        attempt: 0 for the newest one; who follows that goes on with the attempts after it.
        follow: Wait for what is not there yet.
    """

    work_plan_id: str
    stage_id: str
    attempt: int
    follow: bool


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Where a reader is.

    Attributes:
        attempt: 0 for the newest one.
        start: Bytes of its log that the reader has.
    """

    attempt: int
    start: int


@dataclass(frozen=True, slots=True)
class LogPage:
    """What a reader gets at once.

    Attributes:
        pieces: In order; none if there are none yet.
        next: Where to go on.
        ended: Nothing will follow.
    """

    pieces: tuple[LogPiece, ...]
    next: LogPosition
    ended: bool


def require_log(connection: Connection, wanted: WantedLog) -> None:
    """Accept what exists.

    Raises:
        NotFound: There is no such plan, stage or attempt.
    """
    stage = _stage(connection, wanted)
    if wanted.attempt > stage.attempts:
        count = f"attempts so far: {stage.attempts}" if stage.attempts else "there are none yet"
        raise NotFound(
            f"attempt {wanted.attempt} of stage {wanted.stage_id!r}", f"does not exist: {count}",
            field="attempt_idx",
        )  # fmt: skip


def page(connection: Connection, wanted: WantedLog, position: LogPosition) -> LogPage:
    """Return what a log has from a position on.

    Raises:
        NotFound: There is no such plan or stage.
    """
    stage = _stage(connection, wanted)
    tried = attempts.of_stage(connection, stage.key)
    if not tried:
        return LogPage((), position, ended=not wanted.follow or stage.state == StageState.FINAL)
    reading = tried[(position.attempt or len(tried)) - 1]
    rows = logs.after(connection, reading.key, position.start, _PIECES)
    pieces = tuple(LogPiece(attempt=reading.idx, start=row.start, text=row.text, at=moment(row.at_us)) for row in rows)
    here = LogPosition(reading.idx, rows[-1].end if rows else position.start)
    if len(rows) == _PIECES:
        return LogPage(pieces, here, ended=False)
    if wanted.follow and not wanted.attempt and reading.idx < len(tried):
        return LogPage(pieces, LogPosition(reading.idx + 1, 0), ended=False)
    return LogPage(pieces, here, ended=not wanted.follow or _is_over(stage, reading, wanted))


def _is_over(stage: StageRow, reading: AttemptRow, wanted: WantedLog) -> bool:
    """Return whether an attempt has ended, and no other one follows that is to be read."""
    over = AttemptState(reading.state).ended
    return over and (bool(wanted.attempt) or stage.state >= StageState.AWAITING_GROUP)


def _stage(connection: Connection, wanted: WantedLog) -> StageRow:
    plan = require_plan(connection, wanted.work_plan_id)
    stage = stages.by_id(connection, plan.key, wanted.stage_id)
    if stage is None:
        raise NotFound(
            f"stage {wanted.stage_id!r}", f"does not exist in work plan {wanted.work_plan_id!r}", field="stage_id"
        )
    return stage
