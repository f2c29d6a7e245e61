"""Streams of events, as tests look at them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

from tests.service.rig import Rig
from turboci.events import Bookmark, CheckChanged, Event, PlanCompleted, ProgressReported
from turboci.nodes import ProgressEntry


async def first(events: AsyncIterator[Event], count: int) -> list[Event]:
    """Return so many events, and leave the stream open."""
    return [await anext(events) for _ in range(count)]


def said(message: str) -> ProgressEntry:
    return ProgressEntry(message=message)


async def everything(rig: Rig) -> list[Event]:
    """Return all events of the plan so far."""
    last = (await rig.server.query_nodes(rig.plan)).sequence
    stream = rig.server.watch(rig.plan, after_sequence=0)
    async with aclosing(stream):
        return await first(stream, last)


def shown(event: Event) -> tuple[object, ...]:
    """Return what a test looks at."""
    if isinstance(event, PlanCompleted):
        return ("completed", event.checks_completed, event.stages_completed, event.has_failures)
    if isinstance(event, ProgressReported):
        return ("progress", event.stage_id, event.attempt, event.progress.message)
    if isinstance(event, Bookmark):
        return ("bookmark", event.sequence)
    node = event.check_id if isinstance(event, CheckChanged) else event.stage_id
    return (node, event.old_state, event.new_state, event.outcome)
