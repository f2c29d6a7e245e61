"""An orchestrator that remembers what it was asked, and says what a test tells it to say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Unpack

from ci.port import HostedRunner, LogStream
from turboci.dependencies import DependencyGroup, NodeKind, NodeRef
from turboci.errors import OrchestratorUnavailable
from turboci.events import CheckChanged, Event, EventFilter, PlanCompleted, StageChanged
from turboci.executions import Answer
from turboci.nodes import Check, CheckResult, Nodes, ProgressEntry, Stage, WorkPlan
from turboci.payloads import JSON
from turboci.plans import DeletedPlans, PlanPage
from turboci.queries import NodeFilters, NodeQuery
from turboci.reasons import Explanation, Reason
from turboci.runners import Lease, RunnerInfo, RunnerRegistration
from turboci.states import CheckState, Outcome, PlanStatus, StageState
from turboci.writes import CheckWrite, StageWrite

NOW = datetime(2025, 1, 1, tzinfo=UTC)


class RecordingOrchestrator:
    """Implements `ci.port.Orchestrator`. It stores what is written and moves nothing by itself.

    Attributes:
        calls: Names of the calls, in order.
        writes: What each call of write_nodes wrote.
        answered: How many nodes queries have returned.
        errors: Raised by the next calls of that name, one each.
        silent: Whether streams yield nothing.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._heard = asyncio.Event()
        self.writes: list[tuple[tuple[CheckWrite, ...], tuple[StageWrite, ...]]] = []
        self.queries: list[tuple[frozenset[str], frozenset[str]]] = []
        self.watched_after: list[int | None] = []
        self.cancelled: list[str] = []
        self.created: list[tuple[Mapping[str, str], str | None]] = []
        self.held: list[bool] = []
        self.limits: list[tuple[datetime | None, bool]] = []
        self.hosted: list[HostedRunner] = []
        self.errors: dict[str, list[Exception]] = {}
        self.explanation = Explanation()
        self.answered = 0
        self.silent = False
        self.numbered = True
        self.gate: asyncio.Event | None = None
        self._nodes: dict[NodeRef, Check | Stage] = {}
        self._order: dict[NodeRef, int] = {}
        self._events: list[Event] = []
        self._changed = asyncio.Condition()
        self._broken: Exception | None = None

    # What tests say.

    @property
    def sequence(self) -> int:
        return len(self._events)

    async def finish(
        self,
        *refs: NodeRef,
        outcome: Outcome = Outcome.SUCCEEDED,
        data: Mapping[str, JSON] | None = None,
        cause: str | None = None,
    ) -> None:
        """Bring nodes to FINAL, with an event for each, and one for the completion if they were the last."""
        for ref in refs:
            node = self._nodes[ref]
            if isinstance(node, Check):
                results = (CheckResult(owner_type="test", owner_id="1", data=data or {}),)
                node = replace(node, state=CheckState.FINAL, outcome=outcome, cause=cause, results=results)
            else:
                node = replace(node, state=StageState.FINAL, outcome=outcome, cause=cause)
            self._nodes[ref] = node
            self._note(node, cause)
        if all(_is_final(node) for node in self._nodes.values()):
            self._complete()
        await self.wake()

    async def break_stream(self, error: Exception | None = None) -> None:
        self._broken = error or OrchestratorUnavailable("orchestrator", "went away")
        await self.wake()

    async def wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def add(self, node: Check | Stage) -> None:
        """Add a node as a runner would."""
        self._keep(node)

    # What the client calls.

    async def create_work_plan(
        self,
        metadata: Mapping[str, str] | None = None,
        *,
        idempotency_key: str | None = None,
        deadline: datetime | None = None,
        fail_fast: bool = False,
        held: bool = False,
    ) -> WorkPlan:
        self._called("create_work_plan")
        self.created.append((metadata or {}, idempotency_key))
        self.limits.append((deadline, fail_fast))
        self.held.append(held)
        return WorkPlan(id="plan-1", metadata=metadata or {}, held=held)

    async def list_work_plans(
        self,
        *,
        statuses: Collection[PlanStatus] = (),
        name: str = "",
        page_size: int = 0,
        page_token: str = "",
    ) -> PlanPage:
        raise AssertionError("the DSL lists no plans")

    async def release_work_plan(self, work_plan_id: str) -> WorkPlan:
        self._called("release_work_plan")
        return WorkPlan(id=work_plan_id)

    async def delete_work_plans(self, *, older_than: float = 0.0, keep: int = 0, dry_run: bool = False) -> DeletedPlans:
        raise AssertionError("the DSL deletes no plans")

    async def get_work_plan(self, work_plan_id: str) -> WorkPlan:
        self._called("get_work_plan")
        return WorkPlan(id=work_plan_id)

    async def write_nodes(
        self,
        work_plan_id: str,
        *,
        checks: Sequence[CheckWrite] = (),
        stages: Sequence[StageWrite] = (),
        execution_id: str | None = None,
    ) -> Nodes:
        self._called("write_nodes")
        if self.gate is not None:
            await self.gate.wait()
        self.writes.append((tuple(checks), tuple(stages)))
        for check in checks:
            self._keep(_check(work_plan_id, check))
        for stage in stages:
            self._keep(_stage(work_plan_id, stage))
        self._events.append(_created(len(self._events) + 1))
        return self._select(frozenset(write.id for write in checks), frozenset(write.id for write in stages))

    async def query_nodes(self, work_plan_id: str, **which: Unpack[NodeFilters]) -> Nodes:
        self._called("query_nodes")
        query = NodeQuery(**which)
        self.queries.append((frozenset(query.check_ids), frozenset(query.stage_ids)))
        found = self._select(
            frozenset(query.check_ids) if query.check_ids or not query.include_checks else None,
            frozenset(query.stage_ids) if query.stage_ids or not query.include_stages else None,
        )
        checks = [check for check in found.checks if not query.check_states or check.state in query.check_states]
        stages = [stage for stage in found.stages if not query.stage_states or stage.state in query.stage_states]
        most = query.page_size or len(checks) + len(stages)
        self.answered += min(most, len(checks) + len(stages))
        return replace(found, checks=tuple(checks[:most]), stages=tuple(stages[: max(0, most - len(checks))]))

    async def watch(
        self, work_plan_id: str, *, after_sequence: int | None = None, only: EventFilter | None = None
    ) -> AsyncGenerator[Event, None]:
        self._called("watch")
        self.watched_after.append(after_sequence)
        position = self.sequence if after_sequence is None else after_sequence
        while True:
            async with self._changed:
                await self._changed.wait_for(
                    lambda: self._broken is not None or (not self.silent and self.sequence > position)  # noqa: B023
                )
            if self._broken is not None:
                broken, self._broken = self._broken, None
                raise broken
            for event in self._events[position:]:
                position = event.sequence
                if only is None or only.passes(event):
                    yield event

    async def cancel_work_plan(self, work_plan_id: str, reason: str = "") -> WorkPlan:
        self._called("cancel_work_plan")
        self.cancelled.append(reason)
        return WorkPlan(id=work_plan_id)

    async def cancel_stage(self, work_plan_id: str, stage_id: str, reason: str = "") -> Stage:
        self._called("cancel_stage")
        return Stage(id=stage_id, work_plan_id=work_plan_id, state=StageState.FINAL, cause=reason)

    def read_log(
        self, work_plan_id: str, stage_id: str, *, attempt: int = 0, start: int = 0, follow: bool = False
    ) -> LogStream:
        raise AssertionError("nobody reads logs here")

    async def explain(self, work_plan_id: str, nodes: Collection[NodeRef] = ()) -> Explanation:
        self._called("explain")
        reasons: tuple[Reason, ...] = self.explanation.reasons
        return replace(self.explanation, reasons=tuple(each for each in reasons if not nodes or each.node in nodes))

    async def register_runner(self, registration: RunnerRegistration) -> Lease:
        raise AssertionError("the DSL registers no runner")

    async def unregister_runner(self, registration_id: str) -> None:
        raise AssertionError("the DSL registers no runner")

    async def list_runners(self, runner_type: str | None = None) -> tuple[RunnerInfo, ...]:
        return ()

    async def update_execution(self, execution_id: str, progress: ProgressEntry) -> None:
        raise AssertionError("the DSL executes nothing")

    async def complete_execution(self, execution_id: str, answer: Answer) -> None:
        raise AssertionError("the DSL executes nothing")

    async def host(self, runner: HostedRunner) -> None:
        self._called("host")
        self.hosted.append(runner)

    def _keep(self, node: Check | Stage) -> None:
        self._nodes[node.ref] = node
        self._order.setdefault(node.ref, len(self._order))

    async def has_heard(self, name: str, times: int) -> None:
        """Wait until a call was made so many times since the test began, or forgot the earlier ones."""
        while self.calls.count(name) < times:
            self._heard.clear()
            await self._heard.wait()

    def _called(self, name: str) -> None:
        self.calls.append(name)
        self._heard.set()
        waiting = self.errors.get(name)
        if waiting:
            raise waiting.pop(0)

    def _select(self, checks: frozenset[str] | None, stages: frozenset[str] | None) -> Nodes:
        found = self._of(NodeKind.CHECK, checks) + self._of(NodeKind.STAGE, stages)
        return Nodes(
            checks=tuple(n for n in found if isinstance(n, Check)),
            stages=tuple(n for n in found if isinstance(n, Stage)),
            sequence=self.sequence if self.numbered else 0,
        )

    def _of(self, kind: NodeKind, ids: frozenset[str] | None) -> list[Check | Stage]:
        """Return nodes in order of creation; looks at those that are asked for alone."""
        refs = self._order if ids is None else {NodeRef(kind, id) for id in ids} & self._order.keys()
        return [self._nodes[ref] for ref in sorted(refs, key=self._order.__getitem__) if ref.kind is kind]

    def _note(self, node: Check | Stage, cause: str | None) -> None:
        sequence = self.sequence + 1
        if isinstance(node, Check):
            self._events.append(
                CheckChanged(
                    sequence=sequence,
                    at=NOW,
                    check_id=node.id,
                    old_state=CheckState.WAITING,
                    new_state=node.state,
                    outcome=node.outcome,
                    cause=cause,
                )
            )
        else:
            self._events.append(
                StageChanged(
                    sequence=sequence,
                    at=NOW,
                    stage_id=node.id,
                    old_state=StageState.ATTEMPTING,
                    new_state=node.state,
                    outcome=node.outcome,
                    cause=cause,
                )
            )

    def _complete(self) -> None:
        nodes = self._nodes.values()
        self._events.append(
            PlanCompleted(
                sequence=self.sequence + 1,
                at=NOW,
                checks_completed=sum(isinstance(node, Check) for node in nodes),
                stages_completed=sum(isinstance(node, Stage) for node in nodes),
                has_failures=any(node.outcome is Outcome.FAILED for node in nodes),
            )
        )


def _created(sequence: int) -> Event:
    return CheckChanged(sequence=sequence, at=NOW, check_id="any", old_state=None, new_state=CheckState.PLANNED)


def _check(plan: str, write: CheckWrite) -> Check:
    return Check(
        id=write.id,
        work_plan_id=plan,
        state=write.state or CheckState.PLANNED,
        kind=write.kind or "",
        options=write.options or {},
        dependencies=write.dependencies or DependencyGroup(),
    )


def _stage(plan: str, write: StageWrite) -> Stage:
    return Stage(
        id=write.id,
        work_plan_id=plan,
        state=StageState.PLANNED,
        runner_type=write.runner_type or "",
        args=write.args or {},
        assignments=write.assignments,
        dependencies=write.dependencies or DependencyGroup(),
    )


def _is_final(node: Check | Stage) -> bool:
    return node.state == CheckState.FINAL if isinstance(node, Check) else node.state == StageState.FINAL
