"""Fits the answer of a runner to its plan: valid or not, red or not, and what it does to the checks."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from orchestrator.service import finalizing
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import checks, results
from orchestrator.storage.tables.attempts import AttemptRow
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.edges import CHECK
from orchestrator.storage.tables.results import NewResult
from orchestrator.storage.tables.stages import StageRow
from turboci.dependencies import Resolution
from turboci.errors import InvalidArgument, InvalidState
from turboci.executions import Answer, CheckUpdate
from turboci.nodes import STAGE_ATTEMPT
from turboci.states import CHECK_MOVES, CheckState, StageState, require_move
from turboci.wire import structs


@dataclass(frozen=True, slots=True)
class FittedUpdate:
    """An update beside the check that it is for."""

    check: CheckRow
    update: CheckUpdate


def complete_failures(answer: Answer) -> Answer:
    """Return the answer with its meaning spelled out: a state that is no end is red, and red spreads to the updates."""
    failure = answer.failure
    if failure is None and answer.stage_state not in (None, StageState.FINAL, StageState.AWAITING_GROUP):
        name = StageState(answer.stage_state).name
        failure = f"the runner answered stage_state {name}; FINAL and AWAITING_GROUP are the ends of an attempt"
    if failure is None:
        return answer
    updates = tuple(
        update if update.failure is not None else replace(update, failure=failure) for update in answer.check_updates
    )
    return replace(answer, failure=failure, check_updates=updates)


def is_red(answer: Answer) -> bool:
    """Return whether the answer, or one of its updates, carries a failure."""
    return answer.failure is not None or any(update.failure is not None for update in answer.check_updates)


def first_failure(answer: Answer) -> str:
    """Return the sentence that a red answer is summed up by."""
    if answer.failure is not None:
        return answer.failure
    return next((f"check {u.check_id!r}: {u.failure}" for u in answer.check_updates if u.failure is not None), "")


def digest(answer: Answer) -> bytes:
    """Return what makes two answers the same: their content, whatever the order inside maps."""
    return _digest_of_nothing() if answer == _NOTHING else _digest(answer)


_NOTHING: Final = Answer()
"""What most attempts answer: that they are done."""


@cache
def _digest_of_nothing() -> bytes:
    return _digest(_NOTHING)


def _digest(answer: Answer) -> bytes:
    # Equal maps are encoded alike, so that no payload is decoded; the lengths say where each ends.
    payloads = [structs.encode(answer.details), *(structs.encode(update.data) for update in answer.check_updates)]
    updates = [[update.check_id, update.state, update.finalize, update.failure] for update in answer.check_updates]
    rest = [answer.stage_state, answer.failure, updates, [len(payload) for payload in payloads]]
    content = b"".join((json.dumps(rest).encode(), *payloads))
    return hashlib.blake2b(content, digest_size=16).digest()


def fit(uow: UnitOfWork, plan: int, answer: Answer) -> list[FittedUpdate]:
    """Return the updates beside their checks.

    Raises:
        InvalidArgument: A check is unknown.
        InvalidState: A state goes backwards, or to WAITING before the dependencies are satisfied.
    """
    fitted = []
    for index, update in enumerate(answer.check_updates):
        check = checks.by_id(uow.session, plan, update.check_id)
        if check is None:
            raise InvalidArgument(
                f"check {update.check_id!r}",
                "is not in the plan",
                hint="an answer updates checks that exist",
                field=f"check_updates[{index}].check_id",
            )
        if check.state != CheckState.FINAL and update.state is not None:
            _require_fit(check, update.state)
        fitted.append(FittedUpdate(check, update))
    return fitted


def _require_fit(check: CheckRow, wanted: CheckState) -> None:
    require_move(f"check {check.id!r}", CheckState(check.state), wanted, CHECK_MOVES)
    if wanted is CheckState.WAITING and check.group.resolution is not Resolution.SATISFIED:
        raise InvalidState(
            f"check {check.id!r}", "cannot go to WAITING", hint="its dependencies are not satisfied", field="state"
        )


def keep(uow: UnitOfWork, stage: StageRow, attempt: AttemptRow, fitted: list[FittedUpdate]) -> None:
    """Store the updates of an attempt that is followed by another one: they stay visible and count for nothing."""
    for item in fitted:
        if item.check.state != CheckState.FINAL:
            _put(uow, stage, attempt, item)
            _touch(uow, item.check)


def apply(uow: UnitOfWork, stage: StageRow, attempt: AttemptRow, fitted: list[FittedUpdate]) -> list[CheckUpdate]:
    """Apply updates to their checks; return those that came too late because their check is FINAL."""
    dropped = []
    for item in fitted:
        # An earlier update of the same answer may have moved the check.
        check = checks.by_id(uow.session, stage.plan, item.check.id) if len(fitted) > 1 else item.check
        if check is None or check.state == CheckState.FINAL:
            dropped.append(item.update)
            continue
        _put(uow, stage, attempt, FittedUpdate(check, item.update))
        _move(uow, check, item.update.state)
    return dropped


def _put(uow: UnitOfWork, stage: StageRow, attempt: AttemptRow, item: FittedUpdate) -> None:
    result = NewResult(
        STAGE_ATTEMPT,
        f"{stage.id}:{attempt.idx}",
        structs.encode(item.update.data),
        item.update.failure,
        finalized=item.update.finalize or item.update.state is CheckState.FINAL,
        attempt=attempt.key,
    )
    results.put(uow.session, item.check.key, result, uow.now_us)


def _move(uow: UnitOfWork, check: CheckRow, wanted: CheckState | None) -> None:
    if wanted is CheckState.FINAL:
        finalizing.end_check(uow, check)
    elif wanted is not None and wanted > check.state:
        old = check.state
        if checks.move(uow.session, check.key, old, wanted, uow.now_us):
            uow.moved(check.plan, CHECK, check.id, old, wanted)
            uow.written_checks[check.key] = (check.plan, check.id)
    else:
        _touch(uow, check)


def _touch(uow: UnitOfWork, check: CheckRow) -> None:
    checks.touch(uow.session, check.key, uow.now_us)
    uow.touched(check.plan)
