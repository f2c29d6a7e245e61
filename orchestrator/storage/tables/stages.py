"""The table `stages`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from orchestrator.storage.interface import Connection, Session
from orchestrator.storage.statements import statements
from orchestrator.storage.tables.edges import GroupCounts
from turboci.retry import RetryOn, RetryPolicy
from turboci.states import ConcludedReason, Outcome

SQL: Final = statements("stages")

_END: Final = 2**62


@dataclass(slots=True)
class StageRow:
    """A row of `stages`."""

    key: int
    plan: int
    id: str
    state: int
    written_state: int
    runner_type: str
    mode: int
    args: bytes
    predicate: int
    edges_needed: int
    edges_total: int
    edges_satisfied: int
    edges_failed: int
    gates_open: int
    internal_edges: int
    priority: int
    timeout_us: int | None
    heartbeat_us: int | None
    no_runner_us: int | None
    retry: str | None
    parent: int | None
    children_open: int
    children_failed: int
    always: int
    attempts: int
    attempts_lost: int
    attempts_red: int
    attempts_refused: int
    offered: str | None
    outcome: str | None
    concluded_reason: str | None
    cause: str | None
    version: int
    created_us: int
    updated_us: int

    @property
    def group(self) -> GroupCounts:
        """The counters of its dependency group."""
        return GroupCounts(self.predicate, self.edges_needed, self.edges_total, self.edges_satisfied, self.edges_failed)

    @property
    def retry_policy(self) -> RetryPolicy:
        """How often it is attempted."""
        return decode_retry(self.retry)


_INSERTED: Final = attrgetter(
    *("key", "plan", "id", "state", "written_state", "runner_type", "mode", "args"),
    *("predicate", "edges_needed", "edges_total", "edges_satisfied", "edges_failed", "gates_open"),
    *("priority", "timeout_us", "heartbeat_us", "no_runner_us", "retry"),
    *("parent", "children_open", "always", "created_us", "updated_us"),
)


def next_key(connection: Connection) -> int:
    """Return the key of the next stage that is added."""
    return int(next(connection.execute(SQL["last_key"]), (0,))[0]) + 1


def insert(session: Session, rows: Iterable[StageRow]) -> None:
    """Add new stages."""
    session.change_each(SQL["insert"], map(_INSERTED, rows))


def outcomes_of(connection: Connection, plan: int, ids: Iterable[str]) -> Iterator[tuple[str, Outcome | None]]:
    """Yield the ids of those that exist, each with its outcome."""
    for stage_id, outcome in connection.execute(SQL["outcomes_of"], (plan, json.dumps([*ids]))):
        yield stage_id, Outcome(outcome) if outcome else None


def by_id(connection: Connection, plan: int, stage_id: str) -> StageRow | None:
    """Return the stage with this id."""
    return next((StageRow(*row) for row in connection.execute(SQL["by_id"], (plan, stage_id))), None)


def require(connection: Connection, plan: int, stage_id: str) -> StageRow:
    """Return the stage with this id, which exists."""
    return next(StageRow(*row) for row in connection.execute(SQL["by_id"], (plan, stage_id)))


def by_key(connection: Connection, key: int) -> StageRow:
    """Return the stage with this key, which exists."""
    return next(StageRow(*row) for row in connection.execute(SQL["by_key"], (key,)))


def by_keys(connection: Connection, keys: Iterable[int]) -> list[StageRow]:
    """Return the stages with these keys, which exist."""
    return [StageRow(*row) for row in connection.execute_each(SQL["by_key"], [(key,) for key in keys])]


def answering(connection: Connection, plan: int, check_id: str) -> list[tuple[int, StageRow]]:
    """Return the stages assigned to a check, each with the state that it brings the check to."""
    rows = connection.execute(SQL["answering"], (plan, check_id))
    return [(goal, StageRow(*row)) for goal, *row in rows]


def startable_by(connection: Connection, plan: int, check_ids: Iterable[str]) -> list[tuple[str, StageRow]]:
    """Return the stages assigned to checks that no runner may have taken yet, each with the id of the check.

    A stage that is assigned to several of them is the same row each time.
    """
    found: dict[int, StageRow] = {}
    rows = connection.execute_each(SQL["startable_by"], [(plan, check_id) for check_id in check_ids])
    return [(check_id, found.setdefault(row[0], StageRow(*row))) for check_id, *row in rows]


def page(
    connection: Connection, plan: int, states: Iterable[int], ids: Collection[str], *, after: int, limit: int
) -> list[StageRow]:
    """Return stages of a plan in order of creation.

    Args:
        connection: A snapshot.
        plan: Key of the plan.
        states: Those that count.
        ids: Those that count; empty is all.
        after: Begin after the stage with this key; 0 is the beginning.
        limit: How many at most; negative is all.
    """
    place = (plan, after, json.dumps([*states]), limit)
    if not ids:
        return [StageRow(*row) for row in connection.execute(SQL["following"], place)]
    return [StageRow(*row) for row in connection.execute(SQL["named"], (*place, json.dumps([*ids])))]


def open_after(
    connection: Connection, plan: int, after: int, *, reach: int, limit: int
) -> tuple[list[StageRow], int | None]:
    """Return open stages of a plan in order of creation, and the key to go on after, None if that was all.

    Args:
        connection: A snapshot.
        plan: Key of the plan.
        after: Begin after the stage with this key; 0 is the beginning.
        reach: How many are looked at, FINAL ones included; at most, so that this takes no time to speak of.
        limit: How many are returned at most.
    """
    bound = next(connection.execute(SQL["bound"], (plan, after, reach - 1)), None)
    until: int | None = bound[0] if bound else None
    place = (plan, after, _END if until is None else until, limit)
    found = [StageRow(*row) for row in connection.execute(SQL["open_between"], place)]
    return found, found[-1].key if len(found) == limit else until


def state_of(connection: Connection, plan: int, stage_id: str) -> tuple[int, int, Outcome | None] | None:
    """Return key, state and outcome of a stage, or None if it does not exist."""
    for key, state, outcome in connection.execute(SQL["state_of"], (plan, stage_id)):
        return key, state, Outcome(outcome) if outcome else None
    return None


def id_of(connection: Connection, key: int) -> str:
    """Return the id of a stage."""
    return str(next(connection.execute(SQL["id_of"], (key,)))[0])


def ids_of(connection: Connection, keys: Iterable[int]) -> dict[int, str]:
    """Return the ids of many stages by their keys."""
    return dict(connection.execute(SQL["ids_of"], (json.dumps([*keys]),)))


def parent_of(connection: Connection, key: int) -> int | None:
    """Return the key of the stage that spawned this one."""
    parent: int | None = next(connection.execute(SQL["parent_of"], (key,)))[0]
    return parent


def startable(connection: Connection, plan: int, after: int, limit: int) -> list[StageRow]:
    """Return PLANNED stages with larger keys that wait for nothing."""
    return [StageRow(*row) for row in connection.execute(SQL["startable"], (plan, after, limit))]


def children(connection: Connection, key: int) -> list[str]:
    """Return the ids of the stages that this one spawned."""
    return [stage_id for (stage_id,) in connection.execute(SQL["children"], (key,))]


def open_children(connection: Connection, key: int, after: int, limit: int) -> list[StageRow]:
    """Return stages that this one spawned and that are not FINAL, those after a key, at most `limit`."""
    return [StageRow(*row) for row in connection.execute(SQL["open_children"], (key, after, limit))]


def spared(connection: Connection, plan: int) -> list[StageRow]:
    """Return the stages of a plan that are not FINAL and that cancelling the plan leaves alone."""
    return [StageRow(*row) for row in connection.execute(SQL["spared"], (plan,))]


def spared_checks(connection: Connection, plan: int) -> set[str]:
    """Return the ids of the checks that spared stages are to finish."""
    return {check_id for (check_id,) in connection.execute(SQL["spared_checks"], (plan,))}


def edit(session: Session, row: StageRow, now_us: int) -> bool:
    """Store what a writer may change; return False if the stage is not PLANNED any more."""
    parameters = (
        row.runner_type,
        row.mode,
        row.args,
        *row.group.values(),
        row.priority,
        row.timeout_us,
        row.heartbeat_us,
        row.no_runner_us,
        row.retry,
        row.always,
        now_us,
        row.key,
    )
    return session.change(SQL["edit"], parameters) == 1


def set_gates(session: Session, key: int, gates_open: int, internal_edges: bool) -> None:
    """Store how many checks hold the stage back."""
    session.change(SQL["set_gates"], (gates_open, internal_edges, key))


def open_gate(session: Session, plan: int, check_id: str) -> list[StageRow]:
    """Count down at the stages that this check held back; return them."""
    return [StageRow(*row) for row in session.execute(SQL["open_gate"], (plan, check_id))]


def start(session: Session, key: int, offered: str, now_us: int) -> bool:
    """Move a PLANNED stage to ATTEMPTING; return False if it is not PLANNED any more."""
    return session.change(SQL["start"], (offered, now_us, key)) == 1


def start_again(session: Session, key: int, now_us: int, *, lost: int = 0, red: int = 0, refused: int = 0) -> bool:
    """Count an ended attempt and the one that follows; return False if the stage is not ATTEMPTING any more."""
    return session.change(SQL["start_again"], (lost, red, refused, now_us, key)) == 1


def await_group(session: Session, key: int, now_us: int) -> bool:
    """Move an ATTEMPTING stage to AWAITING_GROUP; return False if it is not ATTEMPTING any more."""
    return session.change(SQL["await_group"], (now_us, key)) == 1


def finish(
    session: Session, key: int, old: int, outcome: Outcome, reason: ConcludedReason, cause: str | None, now_us: int
) -> bool:
    """Make the stage FINAL; return False if its state was not `old` any more."""
    return session.change(SQL["finish"], (outcome.value, reason.value, cause, now_us, key, old)) == 1


def touch(session: Session, key: int, now_us: int) -> None:
    """Raise the version of a stage whose attempt changed."""
    session.change(SQL["touch"], (now_us, key))


def children_added(session: Session, counts: Mapping[int, int]) -> None:
    """Count new children by the key of their parent."""
    session.change_each(SQL["children_added"], [(count, key) for key, count in counts.items()])


def child_finished(session: Session, key: int, failed: bool) -> StageRow:
    """Count a finished child; return the parent."""
    return StageRow(*next(session.execute(SQL["child_finished"], (failed, key))))


def count_edges(session: Session, counted: Mapping[int, Sequence[int]]) -> list[StageRow]:
    """Count finished targets at stages that wait for them; return those that this decides.

    Args:
        session: Of the operation.
        counted: How many edges are satisfied, and how many failed, by key.
    """
    session.change_each(SQL["count_edges"], [(*counts, key) for key, counts in counted.items()])
    return [StageRow(*row) for row in session.execute_each(SQL["decided"], [(key,) for key in counted])]


_DEFAULT_RETRY: Final = RetryPolicy()


def encode_retry(policy: RetryPolicy | None) -> str | None:
    """Return a policy as JSON; None for the default."""
    if policy is None or policy == _DEFAULT_RETRY:
        return None
    return json.dumps(
        {
            "max_attempts": policy.max_attempts,
            "initial_backoff": policy.initial_backoff,
            "multiplier": policy.multiplier,
            "max_backoff": policy.max_backoff,
            "retry_on": policy.retry_on.value,
        }
    )


def decode_retry(text: str | None) -> RetryPolicy:
    """Return the policy that `encode_retry` stored."""
    if text is None:
        return _DEFAULT_RETRY
    fields = json.loads(text)
    return RetryPolicy(**{**fields, "retry_on": RetryOn(fields["retry_on"])})
