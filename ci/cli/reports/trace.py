"""The attempts of plans as a trace, in the JSON form of Chrome and Perfetto: a runner is a process, a slot a thread."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from ci.cli.reports.history import Tenure
from ci.cli.reports.record import Record
from ci.cli.view.wording import one_line
from turboci.dependencies import NodeKind
from turboci.payloads import JSON
from turboci.states import AttemptState

_PLANS: Final = 1
"""The process that shows the plans themselves; runners come after it."""


def trace(records: Sequence[Record]) -> str:
    """Return the trace of some plans, for ui.perfetto.dev or chrome://tracing.

    Every attempt is a slice in a slot of its runner, with its waiting time and its outcome; arrows lead from what a
    stage waited for to its first attempt.
    """
    processes: dict[str, int] = {}
    for record in records:
        for tenure in record.tenures:
            processes.setdefault(tenure.runner, _PLANS + 1 + len(processes))
    events: list[dict[str, JSON]] = list(_names(records, processes))
    for thread, record in enumerate(records):
        events.append(_plan(record, thread))
        events += [_slice(record, tenure, processes[tenure.runner]) for tenure in record.tenures]
        events += _arrows(record, processes)
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ms"}, ensure_ascii=False)


def _names(records: Sequence[Record], processes: dict[str, int]) -> Iterator[dict[str, JSON]]:
    if records:
        yield _meta("process_name", _PLANS, 0, "plans")
    slots: dict[int, int] = {}
    for record in records:
        for tenure in record.tenures:
            process = processes[tenure.runner]
            if process not in slots:
                yield _meta("process_name", process, 0, f"{tenure.runner_type or 'worker'} {tenure.runner}")
            slots[process] = max(slots.get(process, -1), tenure.slot)
    for process, most in slots.items():
        for slot in range(most + 1):
            yield _meta("thread_name", process, slot, f"slot {slot + 1}")


def _meta(what: str, process: int, thread: int, name: str) -> dict[str, JSON]:
    return {"ph": "M", "name": what, "pid": process, "tid": thread, "args": {"name": one_line(name)}}


def _plan(record: Record, thread: int) -> dict[str, JSON]:
    begun = record.plan.created_at or record.at
    return {
        "ph": "X", "cat": "plan", "name": one_line(record.name), "pid": _PLANS, "tid": thread,
        "ts": _us(begun), "dur": round(record.seconds * 1e6),
        "args": {"plan": record.plan.id, "status": record.plan.status.name},
    }  # fmt: skip


def _slice(record: Record, tenure: Tenure, process: int) -> dict[str, JSON]:
    waited = max(0.0, (tenure.begun_at - tenure.queued_at).total_seconds())
    arguments: dict[str, JSON] = {
        "attempt": tenure.attempt.idx,
        "state": tenure.attempt.state.name,
        "waited_ms": round(waited * 1e3, 3),
        "plan": record.plan.id,
    }
    if tenure.attempt.failure:
        arguments["failure"] = one_line(tenure.attempt.failure)
    name = tenure.stage_id if tenure.attempt.idx == 1 else f"{tenure.stage_id} (attempt {tenure.attempt.idx})"
    found: dict[str, JSON] = {
        "ph": "X", "cat": "attempt", "name": one_line(name), "pid": process, "tid": tenure.slot,
        "ts": _us(tenure.begun_at), "dur": round(tenure.seconds * 1e6), "args": arguments,
    }  # fmt: skip
    if tenure.attempt.failure or tenure.attempt.state is AttemptState.INCOMPLETE:
        found["cname"] = "terrible"
    return found


def _arrows(record: Record, processes: dict[str, int]) -> Iterator[dict[str, JSON]]:
    """Yield a flow for each edge between two stages that both were with a runner."""
    last: dict[str, Tenure] = {}
    first: dict[str, Tenure] = {}
    for tenure in record.tenures:
        first.setdefault(tenure.stage_id, tenure)
        last[tenure.stage_id] = tenure
    answering = {
        assignment.target_check_id: stage.id for stage in record.nodes.stages for assignment in stage.assignments
    }
    number = 0
    for stage in record.nodes.stages:
        end = first.get(stage.id)
        for edge in stage.dependencies.dependencies if end is not None else ():
            target = edge.target
            source = last.get(target.id if target.kind is NodeKind.STAGE else answering.get(target.id, ""))
            if source is None or end is None or source.ended_at > end.begun_at:
                continue
            number += 1
            common: dict[str, JSON] = {"cat": "waits for", "name": "waits for", "id": f"{record.plan.id[:8]}-{number}"}
            yield {**common, "ph": "s", "pid": processes[source.runner], "tid": source.slot, "ts": _us(source.ended_at)}
            yield {
                **common, "ph": "f", "bp": "e", "pid": processes[end.runner], "tid": end.slot, "ts": _us(end.begun_at)
            }  # fmt: skip


def _us(at: datetime) -> int:
    return round(at.timestamp() * 1e6)
