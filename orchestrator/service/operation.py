"""Runs a business rule as one unit of work, and settles what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from orchestrator.service import cancellation, cascading, progression, starting
from orchestrator.service.effects import EffectSink
from orchestrator.service.unit_of_work import Services, UnitOfWork
from orchestrator.storage.interface import Connection, Session

T = TypeVar("T")


def operation(rule: Callable[[UnitOfWork], T], services: Services, sink: EffectSink) -> Callable[[Session], T]:
    """Return `rule` as an operation of the database.

    After the rule has run, and in the same transaction: dependents of what ended are told, what became ready is
    started, free slots are filled, counters and events are written. Once it is durable, `sink` gets the effects.
    """

    def run(session: Session) -> T:
        uow = UnitOfWork(session, services)
        answer = rule(uow)
        settle(uow)
        if uow.effects:
            session.after_commit(lambda: sink(uow.effects))
        return answer

    return run


def operation_and_view(
    rule: Callable[[UnitOfWork], None],
    view: Callable[[Connection], T],
    services: Services,
    sink: EffectSink,
) -> Callable[[Session], T]:
    """Return `rule` as an operation that answers with what `view` reads once everything has settled."""
    apply = operation(rule, services, sink)

    def run(session: Session) -> T:
        apply(session)
        return view(session)

    return run


def settle(uow: UnitOfWork) -> None:
    """Carry everything that follows from the rule to its end."""
    progression.reconsider_written(uow)
    progression.propagate(uow)
    if uow.closing:
        cancellation.close(uow)
    if uow.finished:
        cascading.postpone(uow)
    cancellation.release(uow)
    starting.start_ready(uow)
    for runner_type in uow.freed:
        starting.fill(uow, runner_type)
    cascading.ask_to_continue(uow)
    uow.flush()
