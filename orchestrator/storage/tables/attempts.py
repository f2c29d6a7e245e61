"""The table `stage_attempts`: attempts, and their delivery to runners."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from orchestrator.storage.interface import Connection, Session, Value
from orchestrator.storage.statements import statements
from turboci.states import AttemptState

SQL: Final = statements("attempts")


@dataclass(slots=True)
class AttemptRow:
    """A row of `stage_attempts`."""

    key: int
    execution_id: str
    plan: int
    stage: int
    idx: int
    state: int
    runner_type: str
    mode: int
    priority: int
    registration: str | None
    process_uid: str
    deadline_us: int | None
    due_us: int | None
    heard_us: int | None
    answer_digest: bytes | None
    failure: str | None
    details: bytes
    created_us: int
    started_us: int | None
    ended_us: int | None
    updated_us: int

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.state >= AttemptState.COMPLETE

    @property
    def leased(self) -> bool:
        """Whether it lives as long as its lease: it was offered to a runner that answers when it is done.

        The other ones hang on a call of ours, or are held by a process that claimed them itself.
        """
        return self.due_us is not None and self.state != AttemptState.PENDING


class Claim(NamedTuple):
    """What a claim writes into an attempt."""

    state: AttemptState
    registration: str
    process_uid: str
    deadline_us: int
    due_us: int | None


class NewAttempt(NamedTuple):
    """What an attempt is created with; `due_us` is the end of its backoff."""

    execution_id: str
    plan: int
    stage: int
    idx: int
    runner_type: str
    mode: int
    priority: int
    due_us: int | None = None


def insert(session: Session, added: Iterable[tuple[NewAttempt, Claim | None]], now_us: int) -> None:
    """Add attempts, each queued, or claimed at once."""
    session.change_each(SQL["insert"], [_columns(new, claim, now_us) for new, claim in added])


def _columns(new: NewAttempt, claim: Claim | None, now_us: int) -> tuple[Value, ...]:
    head = (new.execution_id, new.plan, new.stage, new.idx)
    kind = (new.runner_type, new.mode, new.priority)
    if claim is None:
        return (*head, AttemptState.PENDING, *kind, None, "", None, new.due_us, None, now_us, None, now_us)
    claimed = (claim.registration, claim.process_uid, claim.deadline_us, claim.due_us)
    return (*head, claim.state, *kind, *claimed, now_us, now_us, now_us, now_us)


def by_execution(connection: Connection, execution_id: str) -> AttemptRow | None:
    """Return the attempt with this execution id."""
    rows = connection.execute(SQL["by_execution"], (execution_id,))
    return next((AttemptRow(*row) for row in rows), None)


def by_executions(connection: Connection, execution_ids: Iterable[str]) -> list[AttemptRow]:
    """Return the attempts with these execution ids, as far as they exist."""
    rows = connection.execute_each(SQL["by_execution"], [(execution_id,) for execution_id in execution_ids])
    return [AttemptRow(*row) for row in rows]


def of_stage(connection: Connection, stage: int) -> list[AttemptRow]:
    """Return the attempts of a stage, oldest first."""
    return [AttemptRow(*row) for row in connection.execute(SQL["of_stage"], (stage,))]


def of_stages(connection: Connection, stages: Iterable[int]) -> dict[int, list[AttemptRow]]:
    """Return the attempts of many stages by stage, oldest first; those without any are missing."""
    found: defaultdict[int, list[AttemptRow]] = defaultdict(list)
    for row in connection.execute(SQL["of_stages"], (json.dumps([*stages]),)):
        attempt = AttemptRow(*row)
        found[attempt.stage].append(attempt)
    return found


def newest(connection: Connection, stage: int) -> AttemptRow | None:
    """Return the newest attempt of a stage."""
    return next((AttemptRow(*row) for row in connection.execute(SQL["newest"], (stage,))), None)


def next_queued(connection: Connection, runner_type: str, mode: int, plan: int) -> AttemptRow | None:
    """Return the attempt of a plan that goes next to a runner of this type."""
    rows = connection.execute(SQL["next_queued"], (runner_type, mode, plan))
    return next((AttemptRow(*row) for row in rows), None)


def next_spared(connection: Connection, runner_type: str, mode: int, plan: int) -> AttemptRow | None:
    """Do as `next_queued` in a plan that is cancelled: only stages that are spared go on."""
    rows = connection.execute(SQL["next_spared"], (runner_type, mode, plan))
    return next((AttemptRow(*row) for row in rows), None)


def held(connection: Connection, plan: int, limit: int) -> list[AttemptRow]:
    """Return attempts of a plan that runners hold, at most `limit`."""
    return [AttemptRow(*row) for row in connection.execute(SQL["held"], (plan, limit))]


def impatient(
    connection: Connection, runner_type: str, mode: int, limit_us: int | None
) -> list[tuple[AttemptRow, int]]:
    """Return the queued attempts of a kind that do not wait for ever, each with how long it waits for a runner.

    Args:
        connection: A snapshot.
        runner_type: Of the kind.
        mode: Of the kind.
        limit_us: How long a stage waits that does not say; None is for ever.
    """
    rows = connection.execute(SQL["impatient"], (limit_us, runner_type, mode))
    return [(AttemptRow(*row), patience_us) for patience_us, *row in rows]


def any_queued(connection: Connection, runner_type: str, mode: int) -> bool:
    """Return whether any attempt of a kind is queued."""
    return next(connection.execute(SQL["any_queued"], (runner_type, mode)), None) is not None


def queues(connection: Connection) -> list[tuple[str, int, int]]:
    """Return runner type, mode and plan of every queue that is not empty, oldest first."""
    return [(runner_type, mode, plan) for runner_type, mode, plan in connection.execute(SQL["queues"])]


def live(connection: Connection) -> list[AttemptRow]:
    """Return every attempt that is claimed and has not ended, oldest first."""
    return sorted((AttemptRow(*row) for row in connection.execute(SQL["live"])), key=lambda attempt: attempt.key)


def any_live(connection: Connection, plan: int) -> bool:
    """Return whether any attempt of a plan has not ended."""
    return next(connection.execute(SQL["any_live"], (plan,)), None) is not None


def due(connection: Connection, now_us: int, limit: int) -> list[AttemptRow]:
    """Return attempts that the clock must look at, earliest first."""
    return [AttemptRow(*row) for row in connection.execute(SQL["due"], (now_us, limit))]


def next_due(connection: Connection) -> int | None:
    """Return when the clock must look again."""
    at_us: int | None = next(connection.execute(SQL["next_due"]))[0]
    return at_us


def claim(session: Session, key: int, claim: Claim, now_us: int) -> bool:
    """Hand a PENDING attempt to a runner; return False if it is not PENDING any more."""
    parameters = (
        claim.state,
        claim.registration,
        claim.process_uid,
        claim.deadline_us,
        claim.due_us,
        now_us,
        now_us,
        now_us,
        key,
    )
    return session.change(SQL["claim"], parameters) == 1


def hold(session: Session, key: int, state: AttemptState, process_uid: str, now_us: int) -> bool:
    """Note who works on an attempt that no runner delivers; return False if it has ended."""
    return session.change(SQL["hold"], (state, process_uid, now_us, now_us, now_us, key)) == 1


def run(session: Session, key: int, process_uid: str, due_us: int | None, now_us: int) -> bool:
    """Move a PENDING or SCHEDULED attempt to RUNNING; return False if it is neither."""
    return session.change(SQL["run"], (process_uid, due_us, now_us, now_us, key)) == 1


def wake_at(session: Session, key: int, state: int, due_us: int | None, now_us: int) -> bool:
    """Set when the clock looks at an attempt; return False if its state is not `state` any more."""
    return session.change(SQL["wake_at"], (due_us, now_us, key, state)) == 1


def hear(session: Session, key: int, due_us: int | None, now_us: int) -> bool:
    """Note a sign of life; return False if the attempt is not live any more."""
    return session.change(SQL["hear"], (now_us, due_us, now_us, key)) == 1


def end_with_runner(session: Session, registration: str, until_us: int, now_us: int) -> None:
    """Have the clock look at the accepted attempts of a runner when its registration, made shorter, ends."""
    session.change(SQL["end_with_runner"], (until_us, now_us, registration, until_us))


def detail(session: Session, key: int, details: bytes, now_us: int) -> None:
    """Replace the details of an attempt."""
    session.change(SQL["detail"], (details, now_us, key))


class End(NamedTuple):
    """How an attempt ended."""

    state: AttemptState
    failure: str | None = None
    details: bytes = b""
    answer_digest: bytes | None = None


def end(session: Session, key: int, old: int, end: End, now_us: int) -> bool:
    """End an attempt; return False if its state was not `old` any more."""
    parameters = (end.state, end.failure, end.details, end.answer_digest, now_us, now_us, key, old)
    return session.change(SQL["end"], parameters) == 1
