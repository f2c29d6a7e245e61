"""Runners that work over a stream of their own: connected, heard, gone.

On a stream SYNC and ASYNC attempts are alike. Both are leased: an attempt that the runner has accepted outlives the
stream, and the orchestrator, for as long as the runner's registration.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from orchestrator.service import asynchronous, completion, finalizing, runners
from orchestrator.service.effects import Acknowledge, Withdraw
from orchestrator.service.pool import Registered
from orchestrator.service.retries import Loss, lose_attempt
from orchestrator.service.routes import is_routed
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import attempts
from orchestrator.storage.tables.attempts import AttemptRow
from turboci.executions import Answer
from turboci.frames import Report, Returned
from turboci.runners import Lease, RunnerRegistration
from turboci.states import AttemptState, ExecutionMode

_ENDED = "the attempt has ended without its runner"
_UNHEARD = "the stream to the runner broke before it had accepted the attempt"


def connect(
    uow: UnitOfWork, registration: RunnerRegistration, held: Collection[str], *, draining: bool
) -> Lease | None:
    """Register the runner, or renew the registration of its process, and put right what the last stream left open.

    What was sent over it, and never came, is lost uncharged, because an attempt is sent once; what came, and the runner
    does not speak for any more, is lost like that of any runner. It is asked to stop what it speaks for, and has ended
    without it. One that is draining is not registered again; it has no lease if no registration of it is left.
    """
    if draining:
        leave(uow, registration.address)  # the frame that said so may have been lost with the last stream
    lease = renew(uow, registration, draining=draining)
    for entry in uow.pool.at(registration.address):
        _move(uow, entry, away=False)
    _settle_last_stream(uow, registration.address, set(held))
    for execution_id in held:
        _stop_ended(uow, registration.address, execution_id)
    return lease


def renew(uow: UnitOfWork, registration: RunnerRegistration, *, draining: bool) -> Lease | None:
    """Keep the registrations of a process alive that speaks, the drained ones too: attempts live as long as they do.

    One that is draining, or that another process of its runner has taken the place of, is not registered again.
    """
    lease = None
    own = [entry for entry in uow.pool.at(registration.address) if entry.row.expires_us > uow.now_us]
    for entry in own:
        if entry.row.draining:
            lease = runners.prolong(uow, entry, registration.ttl)
    if draining or (lease is not None and _has_successor(uow, registration)):
        return lease
    return runners.register(uow, registration)


def disconnect(uow: UnitOfWork, address: str) -> None:
    """Send nothing more to a runner whose stream broke; what it has accepted, it may finish."""
    for entry in uow.pool.at(address):
        _move(uow, entry, away=True)
    _lose_unheard(uow, address)


def forsake(uow: UnitOfWork) -> None:
    """Lose, uncharged, what was sent to runners whose registration ends before they have accepted it."""
    gone = {
        entry.row.registration_id
        for entry in uow.pool
        if entry.offered and entry.row.expires_us <= uow.now_us and is_routed(entry.row.address)
    }
    for attempt in attempts.live(uow.session) if gone else ():
        if attempt.registration in gone and attempt.state == AttemptState.SCHEDULED:
            lose_attempt(uow, attempt, Loss.RESTARTED, "the registration of its runner ended before it had accepted it")


def leave(uow: UnitOfWork, address: str) -> None:
    """End the registration of a runner that takes nothing new; twice is once."""
    for entry in uow.pool.at(address):
        if not entry.row.draining:
            runners.unregister(uow, entry.row.registration_id)


def part(uow: UnitOfWork, address: str) -> None:
    """End the registration of a runner that has closed its stream."""
    leave(uow, address)
    _lose_unheard(uow, address)


def end(uow: UnitOfWork, address: str) -> None:
    """End the registration of a runner that ends with our process; what it worked on is attempted again, uncharged."""
    leave(uow, address)
    for attempt in _live(uow, address):
        lose_attempt(uow, attempt, Loss.RESTARTED, "the orchestrator was shut down")


def take_back(uow: UnitOfWork, address: str, returned: Collection[Returned]) -> None:
    """End attempts that the runner at `address` refused, or has given up.

    Those that had ended already are left alone, and so are those of other runners: nobody gives back what is not his.
    """
    for entry in returned:
        attempt = attempts.by_execution(uow.session, entry.execution_id)
        if attempt is not None and not attempt.ended and _is_at(uow, attempt, address):
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
    uow.reported.read({entry.execution_id for entry in reports})
    for entry in reports:
        if isinstance(entry.content, Answer):
            completion.complete(uow, entry.execution_id, entry.content)
        else:
            asynchronous.update(uow, entry.execution_id, entry.content)
    uow.reported.forget()
    # An effect, so that it leaves in one frame with the work that follows.
    uow.effects.append(Acknowledge(address, tuple(entry.ticket for entry in reports)))


def _has_successor(uow: UnitOfWork, registration: RunnerRegistration) -> bool:
    known = uow.pool.of_runner(registration.runner_id, registration.runner_type)
    return any(
        not entry.row.draining and entry.row.expires_us > uow.now_us and entry.row.address != registration.address
        for entry in known
    )


def _settle_last_stream(uow: UnitOfWork, address: str, held: Collection[str]) -> None:
    for attempt in _live(uow, address):
        if attempt.execution_id in held:
            asynchronous.accept(uow, [attempt.execution_id])
        elif attempt.state == AttemptState.SCHEDULED:
            lose_attempt(uow, attempt, Loss.RESTARTED, _UNHEARD)
        else:
            lose_attempt(uow, attempt, Loss.LOST, "its runner does not speak for it any more")


def _lose_unheard(uow: UnitOfWork, address: str) -> None:
    for attempt in _live(uow, address):
        if attempt.state == AttemptState.SCHEDULED:
            lose_attempt(uow, attempt, Loss.RESTARTED, _UNHEARD)


def _live(uow: UnitOfWork, address: str) -> list[AttemptRow]:
    """Return the attempts of a process, under whichever of its registrations it got them."""
    own = {entry.row.registration_id for entry in uow.pool.at(address)}
    return [attempt for attempt in attempts.live(uow.session) if attempt.registration in own] if own else []


def _is_at(uow: UnitOfWork, attempt: AttemptRow, address: str) -> bool:
    holder = uow.pool.get(attempt.registration)
    return holder is not None and holder.row.address == address


def _move(uow: UnitOfWork, entry: Registered, *, away: bool) -> None:
    """Note whether a runner can be reached, unless the operation is undone."""
    before, entry.away = entry.away, away
    uow.session.on_rollback(lambda: setattr(entry, "away", before))


def _stop_ended(uow: UnitOfWork, address: str, execution_id: str) -> None:
    attempt = attempts.by_execution(uow.session, execution_id)
    if attempt is None:
        uow.effects.append(Withdraw(execution_id, address, ExecutionMode.ASYNC, _ENDED))
    elif attempt.ended:
        uow.effects.append(finalizing.withdrawal(attempt, address, _ENDED))
