"""Runners that work over a stream of their own: connected, heard, gone.

On a stream SYNC and ASYNC attempts are alike. Both are leased: an attempt that the runner has accepted outlives the
stream, and the orchestrator, for as long as the runner's registration.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from orchestrator.service import asynchronous, completion, runners
from orchestrator.service.effects import Acknowledge
from orchestrator.service.retries import Loss, lose_attempt
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import attempts
from orchestrator.storage.tables.attempts import AttemptRow
from turboci.executions import Answer
from turboci.frames import Report, Returned
from turboci.runners import Lease, RunnerRegistration
from turboci.states import AttemptState

_UNHEARD = "the stream to the runner broke before it had accepted the attempt"


@dataclass(frozen=True, slots=True)
class Connected:
    """A runner whose stream is open.

    Attributes:
        lease: None if the runner takes nothing new.
        ended: Of the executions that it speaks for, those that have ended without it.
    """

    lease: Lease | None
    ended: tuple[str, ...]


def connect(uow: UnitOfWork, registration: RunnerRegistration, held: Collection[str], *, draining: bool) -> Connected:
    """Register the runner, or renew the registration of its process, and put right what the last stream left open.

    What was sent over it, and never came, is lost uncharged, because an attempt is sent once; what came, and the runner
    does not speak for any more, is lost like that of any runner. One that is draining is not registered again.
    """
    lease = None
    if not draining:
        lease = runners.register(uow, registration)
        _settle_last_stream(uow, lease.registration_id, set(held))
    return Connected(lease, tuple(id for id in held if not _is_live(uow, id)))


def disconnect(uow: UnitOfWork, registration_id: str) -> None:
    """Send nothing more to a runner whose stream broke; what it has accepted, it may finish."""
    uow.pool.rest(registration_id)
    _lose_unheard(uow, _unaccepted(uow, registration_id))


def leave(uow: UnitOfWork, registration_id: str) -> None:
    """End the registration of a runner that takes nothing new; twice is once."""
    runner = uow.pool.get(registration_id)
    if runner is not None and not runner.row.draining:
        runners.unregister(uow, registration_id)


def part(uow: UnitOfWork, registration_id: str) -> None:
    """End the registration of a runner that has closed its stream."""
    leave(uow, registration_id)
    _lose_unheard(uow, _unaccepted(uow, registration_id))


def end(uow: UnitOfWork, registration_id: str) -> None:
    """End the registration of a runner that ends with our process; what it worked on is attempted again, uncharged."""
    leave(uow, registration_id)
    for attempt in _live(uow, registration_id):
        lose_attempt(uow, attempt, Loss.RESTARTED, "the orchestrator was shut down")


def take_back(uow: UnitOfWork, returned: Collection[Returned]) -> None:
    """End attempts that their runner refused, or has given up; those that had ended already are left alone."""
    for entry in returned:
        attempt = attempts.by_execution(uow.session, entry.execution_id)
        if attempt is not None and not AttemptState(attempt.state).ended:
            _take_back(uow, attempt, entry)


def _take_back(uow: UnitOfWork, attempt: AttemptRow, entry: Returned) -> None:
    if not entry.begun:
        lose_attempt(uow, attempt, Loss.REFUSED, _with_reason("the runner did not accept the attempt", entry))
    elif attempt.deadline_us is not None and attempt.deadline_us <= uow.now_us:
        lose_attempt(uow, attempt, Loss.TIMED_OUT, "the attempt ran into its deadline")
    else:
        lose_attempt(uow, attempt, Loss.LOST, _with_reason("the runner has given the attempt up", entry))


def _with_reason(what: str, entry: Returned) -> str:
    return f"{what}: {entry.reason}" if entry.reason else what


def report(uow: UnitOfWork, address: str, reports: Sequence[Report]) -> None:
    """Apply reports that came from `address` in their order, all or none.

    Raises:
        ServiceError: What the first one that is refused raises; others may be applied without it.
    """
    for entry in reports:
        if isinstance(entry.content, Answer):
            completion.complete(uow, entry.execution_id, entry.content)
        else:
            asynchronous.update(uow, entry.execution_id, entry.content)
    # An effect, so that it leaves in one frame with the work that follows.
    uow.effects.append(Acknowledge(address, tuple(entry.ticket for entry in reports)))


def _settle_last_stream(uow: UnitOfWork, registration_id: str, held: Collection[str]) -> None:
    for attempt in _live(uow, registration_id):
        if attempt.execution_id in held:
            asynchronous.accept(uow, [attempt.execution_id])
        elif attempt.state == AttemptState.SCHEDULED:
            lose_attempt(uow, attempt, Loss.RESTARTED, _UNHEARD)
        else:
            lose_attempt(uow, attempt, Loss.LOST, "its runner does not speak for it any more")


def _unaccepted(uow: UnitOfWork, registration_id: str) -> list[AttemptRow]:
    return [attempt for attempt in _live(uow, registration_id) if attempt.state == AttemptState.SCHEDULED]


def _live(uow: UnitOfWork, registration_id: str) -> list[AttemptRow]:
    return [attempt for attempt in attempts.live(uow.session) if attempt.registration == registration_id]


def _lose_unheard(uow: UnitOfWork, unheard: Collection[AttemptRow]) -> None:
    for attempt in unheard:
        lose_attempt(uow, attempt, Loss.RESTARTED, _UNHEARD)


def _is_live(uow: UnitOfWork, execution_id: str) -> bool:
    attempt = attempts.by_execution(uow.session, execution_id)
    return attempt is not None and not AttemptState(attempt.state).ended
