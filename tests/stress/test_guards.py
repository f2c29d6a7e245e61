"""Each guard matters: with it a promise holds, and without it the same situation breaks the promise.

`tests.stress.promises` says with each situation which guard it is about; here is how the guard is taken out.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import TypeAlias

import pytest

from orchestrator.service import answers, completion, progression
from orchestrator.service.unit_of_work import Services, UnitOfWork
from orchestrator.storage.statements import Statements
from orchestrator.storage.tables import attempts, checks, edges, plans, stages
from tests.service.rig import Rig
from tests.stress import promises
from turboci.states import AttemptState

Situation: TypeAlias = Callable[[Rig], Awaitable[bool]]
TakeOut: TypeAlias = Callable[[pytest.MonkeyPatch], None]

ANY_STATE = "AND ? > 0"
"""Takes the parameter of a comparison with the state, and compares nothing."""


def clause(table: ModuleType, statement: str, guard: str, instead: str = "") -> TakeOut:
    """Return what takes a clause out of a statement of a table."""

    def take_out(patch: pytest.MonkeyPatch) -> None:
        text = table.SQL[statement]
        assert text.count(guard) == 1, f"{statement} has not {guard!r} once: {text}"
        changed = {**table.SQL, statement: text.replace(guard, instead)}
        patch.setattr(table, "SQL", Statements(table.__name__, changed))

    return take_out


def method(owner: object, name: str, careless: object) -> TakeOut:
    """Return what puts a careless function in the place of a careful one."""
    return lambda patch: patch.setattr(owner, name, careless)


def hold_for_ever(uow: UnitOfWork, registration_id: str, _: AttemptState) -> None:
    uow.pool.hold(registration_id)


careful = progression.reconsider_written


def decide_checks_first(uow: UnitOfWork) -> None:
    for plan, check_id in uow.written_checks.values():
        check = checks.by_id(uow.session, plan, check_id)
        assert check is not None
        progression.decide_check(uow, check)
    careful(uow)


GUARDS: dict[str, tuple[Situation, TakeOut]] = {
    "state in attempts.end": (
        promises.an_ended_attempt_stays_ended,
        clause(attempts, "end", "AND state = ?", ANY_STATE),
    ),
    "state in stages.finish": (
        promises.a_final_stage_stays_final,
        clause(stages, "finish", "AND state = ?", ANY_STATE),
    ),
    "state in stages.start": (promises.a_stage_starts_once, clause(stages, "start", " AND state = 10")),
    "state in checks.finish": (
        promises.a_final_check_stays_final,
        clause(checks, "finish", "AND state = ?", ANY_STATE),
    ),
    "state in checks.move": (promises.a_check_moves_forward_only, clause(checks, "move", "AND state = ?", ANY_STATE)),
    "state in the sweeper's wake_at": (
        promises.a_claimed_attempt_keeps_its_alarm,
        clause(attempts, "wake_at", "AND state = ?", ANY_STATE),
    ),
    "load released with the end": (
        promises.an_ended_attempt_frees_its_slot,
        method(UnitOfWork, "release", lambda *_: None),
    ),
    "gates before checks": (
        promises.gates_are_counted_before_checks_open,
        method(progression, "reconsider_written", decide_checks_first),
    ),
    "hold undone on rollback": (
        promises.a_claim_that_is_undone_holds_nothing,
        method(UnitOfWork, "hold", hold_for_ever),
    ),
    "deadline on completion": (
        promises.time_that_is_up_is_up,
        method(completion, "_require_in_time", lambda *_: None),
    ),
    "content of a repeated completion": (
        promises.another_answer_is_not_acknowledged,
        method(answers, "digest", lambda _: b"the same"),
    ),
    "edge state in edges.waiting": (promises.an_edge_counts_once, clause(edges, "waiting", " AND state = 0")),
    "edge state in edges.waiting_after": (
        promises.an_edge_of_many_counts_once,
        clause(edges, "waiting_after", " AND state = 0"),
    ),
    "accepting while draining": (
        promises.a_draining_server_claims_nothing,
        method(Services, "accepting", staticmethod(lambda: True)),
    ),
    "first cancellation in plans.cancel": (
        promises.a_plan_is_cancelled_once,
        clause(plans, "cancel", " AND cancelled_us IS NULL"),
    ),
    "idempotency key": (
        promises.a_plan_is_created_once,
        method(plans, "by_idempotency_key", lambda *_: None),
    ),
}


def test_every_situation_says_which_guard_it_is_about() -> None:
    """Each situation belongs to one guard, which its docstring names, and none is left over."""
    written = {
        name: function
        for name, function in vars(promises).items()
        if inspect.iscoroutinefunction(function) and (function.__doc__ or "").startswith("Guard: ")
    }
    assert sorted(written) == sorted(situation.__name__ for situation, _ in GUARDS.values())
    assert len(GUARDS) >= 10


@pytest.mark.parametrize("guard", GUARDS)
async def test_the_guard_keeps_the_promise(rig: Rig, guard: str) -> None:
    """With the guard in its place the promise holds."""
    situation, _ = GUARDS[guard]
    assert await situation(rig)


@pytest.mark.parametrize("guard", GUARDS)
async def test_without_the_guard_the_promise_is_broken(rig: Rig, guard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the guard taken out the same situation breaks the promise: nothing else stands in for it."""
    situation, take_out = GUARDS[guard]
    take_out(monkeypatch)
    assert not await situation(rig)
