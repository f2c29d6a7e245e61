"""Runners that work over a stream of their own: connected, heard, gone.

On a stream SYNC and ASYNC attempts are alike. Both are leased: an attempt that the runner has accepted outlives the
stream, and the orchestrator, for as long as the runner's registration.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from orchestrator.service import asynchronous, completion, runners
from orchestrator.service.effects import Acknowledge
from orchestrator.service.retries import Loss, lose, lose_attempt
from orchestrator.service.routes import stream_route
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import attempts
from orchestrator.storage.tables.attempts import AttemptRow
from turboci.executions import Answer
from turboci.frames import Report, Returned, RunnerHello
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


def connect(uow: UnitOfWork, hello: RunnerHello, *, draining: bool) -> Connected:
    """Register the runner, or renew the registration of its process, and put right what the last stream left open.

    What was sent over it, and never came, is lost uncharged, because an attempt is sent once; what came, and the runner
    does not speak for any more, is lost like that of any runner. One that is draining is not registered again.
    """
    lease = None
    if not draining:
        lease = runners.register(uow, routed(hello.registration))
        _settle_last_stream(uow, lease.registration_id, set(hello.held))
    return Connected(lease, tuple(id for id in hello.held if not _is_live(uow, id)))


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


def take_back(uow: UnitOfWork, returned: Collection[Returned]) -> None:
    """End attempts that their runner refused, or has given up."""
    for entry in returned:
        loss = Loss.LOST if entry.begun else Loss.REFUSED
        what = "the runner has given the attempt up" if entry.begun else "the runner did not accept the attempt"
        lose(uow, entry.execution_id, loss, f"{what}: {entry.reason}" if entry.reason else what)


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


def routed(registration: RunnerRegistration) -> RunnerRegistration:
    """Return a registration whose address leads over the streams of its process."""
    return replace(registration, address=stream_route(registration.process_uid))


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
