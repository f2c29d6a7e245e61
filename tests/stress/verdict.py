"""Compares what processes outside the server know with what the server says after the last crash."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.storage.sqlite import SQLiteDatabase
from tests.e2e.contract import PATIENCE, Client
from tests.service.recount import violations
from tests.stress.journal import Fact
from turboci.v1 import check_pb2, common_pb2, service_pb2, stage_pb2


@dataclass
class Verdict:
    """What the journals prove; empty lists are what was promised.

    Attributes:
        lost: Writes, completions and events that the server acknowledged or told, and does not know any more.
        twice: Stages that were completed more than once, and executions that were sent more than once.
        stuck: Plans and nodes that did not end, or not well.
        broken: Invariants that the file breaks.
        stages: How many stages were run.
        acknowledged: How many acknowledgements the journals hold.
    """

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    stages: int = 0
    acknowledged: int = 0

    @property
    def findings(self) -> list[str]:
        """Everything that is not as promised."""
        return [
            f"{kind}: {what}"
            for kind, found in (
                ("lost", self.lost), ("twice", self.twice), ("stuck", self.stuck), ("broken", self.broken),
            )
            for what in found
        ]  # fmt: skip

    def __str__(self) -> str:
        return (
            f"{self.stages} stages, {self.acknowledged} acknowledgements: {len(self.lost)} lost, "
            f"{len(self.twice)} completed or sent twice, {len(self.stuck)} stuck, {len(self.broken)} invariants broken"
        )


@dataclass
class Plan:
    """A plan as the server shows it."""

    stages: dict[str, stage_pb2.Stage]
    checks: dict[str, check_pb2.Check]
    events: list[service_pb2.WorkPlanEvent]


async def judge(client: Client, known_to_client: list[Fact], known_to_workers: list[Fact]) -> Verdict:
    """Ask the server for every plan that the client knows, and compare."""
    verdict = Verdict()
    plans = {}
    for fact in known_to_client:
        if "stages" in fact:
            plan = plans[fact["plan"]] = await _plan(client, fact["plan"])
            verdict.stages += len(plan.stages)
            verdict.stuck += _stuck(fact, plan)
            verdict.twice += _twice(plan)
    acknowledged = [fact for fact in known_to_client if "written" in fact or "told" in fact]
    completions = {fact["acknowledged"] for fact in known_to_workers if "acknowledged" in fact}
    verdict.acknowledged = len(acknowledged) + len(completions)
    verdict.lost += [line for fact in acknowledged for line in _lost(fact, plans[fact["plan"]])]
    accepted = {str(check.results[0].data["execution"]) for plan in plans.values() for check in plan.checks.values()}
    verdict.lost += [f"completion of execution {execution_id}" for execution_id in completions - accepted]
    verdict.twice += _completed_twice(known_to_workers, completions)
    return verdict


async def count_afresh(path: Path) -> list[str]:
    """Return what is wrong with the file of a server that has stopped."""
    database = await SQLiteDatabase.open(path)
    try:
        return await database.check_integrity() + await database.read(violations)
    finally:
        await database.close()


async def _plan(client: Client, plan: str) -> Plan:
    found = await client.query(plan)
    request = service_pb2.WatchWorkPlanRequest(work_plan_id=plan, after_sequence=0)
    events: list[service_pb2.WorkPlanEvent] = []
    stream = client.stub.WatchWorkPlan(request, timeout=PATIENCE)
    while len(events) < found.sequence:
        events.append(await stream.read())
    stream.cancel()
    return Plan({each.id: each for each in found.stages}, {each.id: each for each in found.checks}, events)


def _lost(fact: Fact, plan: Plan) -> Iterator[str]:
    if "written" in fact:
        for id in fact["written"]:
            if id not in plan.stages or id not in plan.checks:
                yield f"write of {id} in plan {fact['plan']}"
        return
    told = (fact["sequence"], fact["told"])
    if told not in {(event.sequence, event.stage_event.stage_id) for event in plan.events[told[0] - 1 : told[0]]}:
        yield f"event {fact}"


def _stuck(fact: Fact, plan: Plan) -> Iterator[str]:
    if len(plan.stages) != fact["stages"]:
        yield f"plan {fact['plan']} has {len(plan.stages)} stages"
    ends = [(f"stage {each.id}", each.outcome) for each in plan.stages.values()]
    ends += [(f"check {each.id}", each.outcome) for each in plan.checks.values()]
    for node, outcome in ends:
        if outcome != common_pb2.OUTCOME_SUCCEEDED:
            yield f"{node} of plan {fact['plan']} is {common_pb2.Outcome.Name(outcome)}"


def _twice(plan: Plan) -> Iterator[str]:
    final = Counter(
        event.stage_event.stage_id
        for event in plan.events
        if event.stage_event.new_state == common_pb2.STAGE_STATE_FINAL
    )
    for stage in plan.stages.values():
        complete = sum(attempt.state == common_pb2.ATTEMPT_STATE_COMPLETE for attempt in stage.attempts)
        if complete != 1 or final[stage.id] != 1:
            yield f"stage {stage.id}: {complete} attempts COMPLETE, {final[stage.id]} times FINAL"
    for check in plan.checks.values():
        if len(check.results) != 1:
            yield f"check {check.id}: {len(check.results)} results"


def _completed_twice(known_to_workers: list[Fact], completions: set[str]) -> Iterator[str]:
    sent = Counter(fact["sent"] for fact in known_to_workers if "sent" in fact)
    yield from (f"execution {execution_id} sent {times} times" for execution_id, times in sent.items() if times > 1)
    by_stage = defaultdict(set)
    for fact in known_to_workers:
        if fact.get("sent") in completions:
            by_stage[fact["plan"], fact["stage"]].add(fact["sent"])
    for stage, executions in by_stage.items():
        if len(executions) > 1:
            yield f"stage {stage}: {len(executions)} completions acknowledged"
