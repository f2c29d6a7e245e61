"""Registrations of runners: opened, renewed, ended."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from orchestrator.clock import moment
from orchestrator.service.pool import Registered, RunnerPool
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import attempts, runners
from orchestrator.storage.tables.runners import RunnerRow
from turboci.errors import RunnerNotFound
from turboci.ids import new_id
from turboci.runners import Lease, RunnerInfo, RunnerRegistration
from turboci.states import ExecutionMode

_MICRO: Final = 1_000_000


def register(uow: UnitOfWork, registration: RunnerRegistration) -> Lease:
    """Open a registration, or renew the one that the same process has.

    Another address or another process under the same runner id opens a second registration and drains the first.
    """
    known = uow.pool.of_runner(registration.runner_id, registration.runner_type)
    same = next((entry for entry in known if _same_process(entry, registration, uow.now_us)), None)
    if same is None:
        row = _opened(uow, registration)
        for entry in known:
            _drain(uow, entry)
    else:
        row = _renewed(uow, same.row, registration)
        if row.expires_us < same.row.expires_us:
            attempts.end_with_runner(uow.session, row.registration_id, row.expires_us, uow.now_us)
        if not set(row.modes) >= set(same.row.modes):
            _left(uow, row.runner_type)
    _store(uow, row)
    uow.freed.add(row.runner_type)
    uow.wake_at(row.expires_us)
    return Lease(registration_id=row.registration_id, expires_at=moment(row.expires_us))


def prolong(uow: UnitOfWork, entry: Registered, ttl: float | None) -> Lease:
    """Let a registration live on for the sake of what its runner works on; it takes no more than before."""
    until_us = uow.now_us + int((ttl or uow.services.config.runner_ttl) * _MICRO)
    row = replace(entry.row, heartbeat_us=uow.now_us, expires_us=max(entry.row.expires_us, until_us))
    _store(uow, row)
    uow.wake_at(row.expires_us)
    return Lease(registration_id=row.registration_id, expires_at=moment(row.expires_us))


def unregister(uow: UnitOfWork, registration_id: str) -> None:
    """End a registration: it gets no new work; running attempts may finish until its last expiry.

    Raises:
        RunnerNotFound: There is none.
    """
    entry = uow.pool.get(registration_id)
    if entry is None or entry.row.draining:
        raise RunnerNotFound(
            f"registration {registration_id!r}", "does not exist", hint="it may have expired", field="registration_id"
        )
    _drain(uow, entry)


def listed(pool: RunnerPool, runner_type: str | None, now_us: int) -> tuple[RunnerInfo, ...]:
    """Return the live registrations, of one type or of all."""
    return tuple(
        _info(entry)
        for entry in pool
        if not entry.row.draining
        and entry.row.expires_us > now_us
        and (not runner_type or entry.row.runner_type == runner_type)
    )


def expire(uow: UnitOfWork) -> None:
    """Forget registrations whose time is up."""
    for entry in [entry for entry in uow.pool if entry.row.expires_us <= uow.now_us]:
        runners.delete(uow.session, entry.row.registration_id)
        uow.pool.remove(entry.row.registration_id)
        uow.pool.left(entry.row.runner_type, entry.row.expires_us)
        uow.session.on_rollback(partial(uow.pool.restore, entry))


def _same_process(entry: Registered, registration: RunnerRegistration, now_us: int) -> bool:
    row = entry.row
    return (
        not row.draining
        and row.expires_us > now_us
        and row.address == registration.address
        and (not registration.process_uid or not row.process_uid or row.process_uid == registration.process_uid)
    )


def _opened(uow: UnitOfWork, registration: RunnerRegistration) -> RunnerRow:
    return RunnerRow(
        registration_id=new_id(),
        runner_id=registration.runner_id,
        runner_type=registration.runner_type,
        address=registration.address,
        modes=registration.supported_modes or (ExecutionMode.SYNC,),
        max_concurrent=registration.max_concurrent,
        metadata=dict(registration.metadata),
        process_uid=registration.process_uid,
        registered_us=uow.now_us,
        heartbeat_us=uow.now_us,
        expires_us=uow.now_us + _ttl_us(uow, registration),
    )


def _renewed(uow: UnitOfWork, row: RunnerRow, registration: RunnerRegistration) -> RunnerRow:
    return replace(
        row,
        modes=registration.supported_modes or row.modes,
        max_concurrent=registration.max_concurrent or row.max_concurrent,
        metadata=dict(registration.metadata) or row.metadata,
        process_uid=registration.process_uid or row.process_uid,
        heartbeat_us=uow.now_us,
        expires_us=uow.now_us + _ttl_us(uow, registration),
    )


def _ttl_us(uow: UnitOfWork, registration: RunnerRegistration) -> int:
    return int((registration.ttl or uow.services.config.runner_ttl) * _MICRO)


def _drain(uow: UnitOfWork, entry: Registered) -> None:
    if not entry.row.draining:
        _store(uow, replace(entry.row, draining=True))
        _left(uow, entry.row.runner_type)


def _left(uow: UnitOfWork, runner_type: str) -> None:
    """Note that a runner takes less than before, and have the clock look at who waits for it now."""
    uow.pool.left(runner_type, uow.now_us)
    uow.wake_at(uow.now_us)


def _store(uow: UnitOfWork, row: RunnerRow) -> None:
    """Write a registration, and put it into the pool unless the operation is undone."""
    before = uow.pool.get(row.registration_id)
    former = before.row if before else None
    runners.put(uow.session, row)
    uow.pool.put(row)

    def undo() -> None:
        if former is None:
            uow.pool.remove(row.registration_id)
        else:
            uow.pool.put(former)

    uow.session.on_rollback(undo)


def _info(entry: Registered) -> RunnerInfo:
    row = entry.row
    return RunnerInfo(
        runner_id=row.runner_id,
        registration_id=row.registration_id,
        runner_type=row.runner_type,
        address=row.address,
        supported_modes=row.modes,
        max_concurrent=row.max_concurrent,
        current_load=entry.load,
        registered_at=moment(row.registered_us),
        last_heartbeat=moment(row.heartbeat_us),
        expires_at=moment(row.expires_us),
        metadata=row.metadata,
    )
