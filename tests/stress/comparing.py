"""A server beside its model: after each step both must agree, and everything is counted afresh."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from orchestrator.storage.sqlite.database import _findings
from tests.service.quick import QuickRig
from tests.service.recount import due, final, queues, violations
from tests.service.writing import on_check, on_stage
from tests.stress.attempts import MICRO, Attempt, Runner
from tests.stress.model import CheckIs, Circumstances, Model, NodeIs, StageIs, World
from tests.stress.reaching import leads_to
from tests.stress.streams import Process, StreamedCall
from turboci.dependencies import NodeRef
from turboci.errors import InvalidArgument
from turboci.executions import Answer
from turboci.nodes import Nodes, ProgressEntry, WorkPlan
from turboci.retry import RetryOn
from turboci.states import AttemptState, ConcludedReason, StageState

T = TypeVar("T")

LONGEST_QUEUE_US = 75 * MICRO
"""Longer than any backoff, with its jitter."""


class SideBySide:
    """One server, several plans, the runners and their attempts.

    Attributes:
        plans: The model of every plan.
        runners: The registrations that have not expired.
        attempts: What runners hold.
        stale: What ended without them.
    """

    def __init__(self) -> None:
        self.constants = pytest.MonkeyPatch()
        self.constants.setattr("orchestrator.dispatcher.acceptances._GATHERED_FOR", 0.0)
        self.rig = QuickRig()
        self.plans = {self.rig.plan: Model()}
        self.runners: list[Runner] = []
        self.attempts: list[Attempt] = []
        self.stale: list[Attempt] = []
        self.processes: list[Process] = []
        self._cancelled: set[str] = set()
        self._had: set[tuple[str, NodeRef]] = set()
        self._queued_us: dict[tuple[str, NodeRef], int] = {}
        self._final: dict[tuple[str, int], tuple[object, ...]] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Let the server do something, and everything that follows."""
        answer = self.rig.run(work)
        self.rig.run(self.rig.settle())
        return answer

    def end(self) -> None:
        """Stop the server."""
        try:
            for process in self.processes:
                self.rig.run(process.runner.close())
            self.rig.end()
        finally:
            self.constants.undo()

    @property
    def now_us(self) -> int:
        return self.rig.clock.at_us

    def stage(self, attempt: Attempt) -> StageIs:
        """Return where the stage of an attempt stands."""
        it = self.plans[attempt.plan].now.nodes[attempt.ref]
        assert isinstance(it, StageIs)
        return it

    def drop(self, attempt: Attempt, *, taken: bool = True) -> None:
        """Forget an attempt that ended; `taken` is False if its runner refused it."""
        self.attempts.remove(attempt)
        if taken:
            self._had.add((attempt.plan, attempt.ref))

    def lose(self, over: list[Attempt]) -> dict[str, dict[NodeRef, ConcludedReason]]:
        """Charge lost attempts to their stages; return, by plan, the stages that have none left."""
        last: dict[str, dict[NodeRef, ConcludedReason]] = {}
        for attempt in over:
            self.drop(attempt)
            self.stale.append(attempt)
            stage, policy = self.stage(attempt), attempt.stage.retry
            ends = last.setdefault(attempt.plan, {})
            if RetryOn.LOST in policy.retry_on and stage.charged + 1 < policy.max_attempts:
                self.put(attempt.plan, {attempt.ref: replace(stage, charged=stage.charged + 1)})
            else:
                ends[attempt.ref] = attempt.reason(self.now_us)
        return last

    def put(self, plan: str, nodes: Mapping[NodeRef, NodeIs]) -> None:
        """Move nodes of the model, as what happened says, before the rules."""
        model = self.plans[plan]
        for node, it in nodes.items():
            model.now = model.moved(model.now, node, it)

    def pass_time(self, to_us: int) -> None:
        """Move the clock there at once."""
        self.rig.clock.set(to_us)
        over = [attempt for attempt in self.attempts if attempt.ends_us <= to_us]
        for attempt in over:
            if not attempt.is_async:
                attempt.call.lose()
        unheard = [attempt for attempt in over if attempt.is_unheard(to_us)]
        self.rig.run(self.rig.settle())
        for attempt in unheard:
            self.drop(attempt)
            self.stale.append(attempt)
            attempt.runner.refused_us = to_us
        lost = self.lose([attempt for attempt in over if attempt not in unheard])
        overdue = [name for name, model in self.plans.items() if self.is_overdue(model)]
        self.runners = [each for each in self.runners if each.expires_us > to_us]
        self.compare(*overdue, lost=lost)

    def is_overdue(self, model: Model) -> bool:
        """Return whether the deadline of a plan has passed that is not cancelled."""
        return model.deadline_us is not None and model.deadline_us <= self.now_us and not model.now.cancelled

    def renew(self, runner: Runner, most: int, expires_us: int) -> None:
        """Renew a registration; one that ends earlier than before takes its attempts with it."""
        runner.most = most or runner.most
        runner.refused_us = 0
        runner.expires_us = expires_us
        for attempt in self.attempts:
            if attempt.runner is runner and attempt.accepted:
                attempt.due_us = min(attempt.due_us, expires_us)

    def next_us(self) -> int | None:
        """When something happens next that the clock brings about."""
        times = [attempt.ends_us for attempt in self.attempts]
        alarm_us = self.rig.clock.next_alarm_us
        times += [] if alarm_us is None else [alarm_us]
        return max(min(times), self.now_us) if times else None

    def compare(
        self,
        *plans: str,
        lost: Mapping[str, Mapping[NodeRef, ConcludedReason]] | None = None,
        count: bool = True,
    ) -> None:
        """Compare these plans, and those in which something was handed out or lost, with the model.

        Args:
            *plans: Those in which something happened.
            lost: What `lose` returned.
            count: Whether anything can have changed at all; then everything is counted afresh.
        """
        lost = lost or {}
        self._observe()
        self._take_calls()
        new = [attempt for attempt in self.attempts if attempt.new]
        for name in dict.fromkeys((*plans, *lost, *(attempt.plan for attempt in new))):
            model = self.plans[name]
            taken = frozenset(attempt.ref for attempt in new if attempt.plan == name)
            met = Circumstances(name not in self._cancelled, self.is_overdue(model), lost.get(name, {}), taken)
            self._compare(name, model, met)
        for attempt in new:
            attempt.new = False
            assert not attempt.runner.most or self.load(attempt.runner) <= attempt.runner.most
        if count:
            self._count()

    def complete(self, attempt: Attempt, content: Answer | ProgressEntry) -> None:
        """Report on a leased attempt, over its stream if it has one."""
        call = attempt.call
        if isinstance(call, StreamedCall) and call.process.is_open:
            try:
                self.run(call.tell(content))
            except InvalidArgument:
                self.rig.run(self.rig.settle())
                attempt.hear(self.now_us)  # who reports on an attempt has accepted it, whatever the report is worth
                raise
        elif isinstance(content, Answer):
            self.run(self.rig.server.complete_execution(attempt.execution_id, content))
        else:
            self.run(self.rig.server.update_execution(attempt.execution_id, content))

    def break_off(self, process: Process) -> None:
        """Break a stream: what was not accepted is lost, and nothing is charged."""
        self.run(process.runner.break_off())
        process.is_open = False
        for each in self.runners:
            each.away |= each.process == process.uid
        for attempt in self.attempts_of(process):
            if not attempt.accepted:
                self.drop(attempt)
                self.stale.append(attempt)
        self.compare(*self.plans)

    def come_back(self, process: Process, *, forgets: bool = False) -> None:
        """Open a stream; what the process has accepted and does not speak for any more is lost."""
        own = self.attempts_of(process)
        held = [] if forgets else [attempt.execution_id for attempt in own]
        self.run(process.runner.connect(*held))
        process.is_open = True
        for each in self.runners:
            each.away &= each.process != process.uid
        self.compare(*self.plans, lost=self.lose(own) if forgets else None)

    def attempts_of(self, process: Process) -> list[Attempt]:
        """Return what a process holds."""
        return [attempt for attempt in self.attempts if attempt.runner.process == process.uid]

    def lose_streams(self) -> None:
        """Every stream broke with the server, which is another one already."""
        for process in self.processes:
            process.is_open = False
            self.rig.run(process.runner.close())
            for sent in process.take_all():  # what came at the last moment may have been begun
                self._had.add((sent.execution.work_plan_id, on_stage(sent.execution.stage_id)))
        for each in self.runners:
            each.away |= any(process.uid == each.process for process in self.processes)

    def _observe(self) -> None:
        """See how long the registrations of streams live: what is said there renews them, or opens another one."""
        known = {each.registration_id: each for each in self.runners}
        pool = self.rig.server._engine.pool
        for row in (entry.row for process in self.processes for entry in pool.at(f"stream/{process.uid}")):
            each = known.get(row.registration_id)
            if each is None:
                for other in self.runners:
                    other.draining |= other.name == row.runner_id
                each = Runner(row.runner_id, row.registration_id, row.process_uid, row.max_concurrent, row.expires_us)
                self.runners.append(each)
            each.expires_us, each.spoke_us = row.expires_us, row.heartbeat_us

    def _take_calls(self) -> None:
        for process in self.processes:
            for sent in process.take_all():
                (holder,) = (each for each in self.runners if each.process == process.uid and not each.draining)
                stage = self.plans[sent.execution.work_plan_id].stages[on_stage(sent.execution.stage_id)]
                self.attempts.append(Attempt.begun(sent, holder, stage, self.now_us))
        for call in self.rig.runners.take_all():
            name = call.address.partition(":")[0]
            (holder,) = (each for each in self.runners if each.name == name and not each.draining)
            stage = self.plans[call.execution.work_plan_id].stages[on_stage(call.execution.stage_id)]
            self.attempts.append(Attempt.begun(call, holder, stage, self.now_us))

    def _compare(self, name: str, model: Model, met: Circumstances) -> None:
        nodes = self.rig.run(self.rig.server.query_nodes(name))
        plan = self.rig.run(self.rig.server.get_work_plan(name))
        shown = self._shown(name, nodes, plan)
        start = World({node: self._with_history(name, node, it) for node, it in model.now.nodes.items()},
                      model.now.cancelled)  # fmt: skip
        assert leads_to(model, start, shown, met), _difference(model, start, shown, met)
        model.now = shown
        self._cancelled |= {name} if shown.cancelled else set()
        model.held = model.held and not shown.cancelled
        assert plan.held == model.held
        self._settle_attempts(name, nodes)

    def _shown(self, name: str, nodes: Nodes, plan: WorkPlan) -> World:
        shown: dict[NodeRef, NodeIs] = {on_check(it.id): CheckIs(it.state, it.outcome) for it in nodes.checks}
        for it in nodes.stages:
            before = self.plans[name].now.nodes.get(on_stage(it.id))
            charged = before.charged if isinstance(before, StageIs) else 0
            shown[on_stage(it.id)] = StageIs(it.state, it.outcome, it.concluded_reason, charged)
        return World(shown, cancelled=plan.cause is not None)

    def _with_history(self, plan: str, node: NodeRef, it: NodeIs) -> NodeIs:
        if isinstance(it, CheckIs):
            return it
        held = any(attempt.ref == node and attempt.plan == plan and not attempt.new for attempt in self.attempts)
        return replace(it, has_run=held or (plan, node) in self._had)

    def _settle_attempts(self, name: str, nodes: Nodes) -> None:
        """Hold that exactly the attempts that the model knows of are with runners, and that others were called off."""
        live = {
            (stage.id, stage.attempts[-1].idx)
            for stage in nodes.stages
            if stage.state is StageState.ATTEMPTING
            and stage.attempts[-1].state in (AttemptState.SCHEDULED, AttemptState.RUNNING)
        }
        for attempt in [attempt for attempt in self.attempts if attempt.plan == name]:
            if attempt.name not in live:
                assert self.stage(attempt).state is StageState.FINAL, f"{attempt} is over, and its stage is not"
                assert self._was_called_off(attempt), f"nobody called {attempt} off"
                self.drop(attempt)
                self.stale.append(attempt)
        assert {attempt.name for attempt in self.attempts if attempt.plan == name} == live

    def _was_called_off(self, attempt: Attempt) -> bool:
        if isinstance(attempt.call, StreamedCall):
            return attempt.call.withdrawn
        if attempt.is_async:
            return any(each.execution_id == attempt.execution_id for each in self.rig.runners.cancelled)
        return attempt.call.withdrawn or attempt.call.reply.done()

    def _count(self) -> None:
        """Count everything afresh."""
        broken = self.rig.look(violations) + self.rig.look(_findings)
        assert not broken, "\n".join(broken)
        assert self.rig.look(lambda file: due(file, self.now_us)) == []
        rows = self.rig.look(final)
        assert {name: rows.get(name) for name in self._final} == self._final
        self._final = rows
        pool = self.rig.server._engine.pool
        assert self.rig.look(queues) <= {(*kind, plan) for kind, ring in pool._waiting.items() for plan in ring}
        shown = {info.registration_id: info.current_load for info in self.rig.run(self.rig.server.list_runners())}
        assert shown == {each.registration_id: self.load(each) for each in self.runners if not each.draining}
        self._look_for_idlers()

    def load(self, runner: Runner) -> int:
        """Return how many attempts a runner holds."""
        return sum(attempt.runner is runner for attempt in self.attempts)

    def _look_for_idlers(self) -> None:
        """Hold that nothing stays queued while a runner has room."""
        held = {(attempt.plan, attempt.ref) for attempt in self.attempts}
        waiting = {
            (name, node)
            for name, model in self.plans.items()
            for node, it in model.now.nodes.items()
            if it.state is StageState.ATTEMPTING and (name, node) not in held
        }
        self._queued_us = {each: self._queued_us.get(each, self.now_us) for each in waiting}
        old = [each for each, since_us in self._queued_us.items() if since_us + LONGEST_QUEUE_US < self.now_us]
        idle = [each for each in self.runners if self._is_idle(each)]
        assert not (old and idle), f"{old} are queued since {self._queued_us}, and {idle} have room"

    def _is_idle(self, runner: Runner) -> bool:
        has_room = not runner.most or self.load(runner) < runner.most
        return (
            has_room and not runner.draining and not runner.away and runner.refused_us + LONGEST_QUEUE_US < self.now_us
        )


def _difference(model: Model, start: World, shown: World, met: Circumstances) -> str:
    """Return what moved at the server, and what the rules say of where it came to."""
    lines = [f"the rules do not lead to what the server shows, under {met}:"]
    for node, it in shown.nodes.items():
        before = start.nodes.get(node)
        stayed = before is not None and (before.state, before.outcome) == (it.state, it.outcome)
        came = "" if stayed else f" from {before}"
        lines.append(f"  {node}: {_short(it)}{came}; {_needs(model, node)}")
    lines.append(f"  cancelled: {start.cancelled} -> {shown.cancelled}")
    history = {node: start.nodes.get(node, it) for node, it in shown.nodes.items()}
    now: dict[NodeRef, NodeIs] = {}
    for node, it in shown.nodes.items():
        was = history[node]
        now[node] = replace(it, has_run=was.has_run) if isinstance(it, StageIs) and isinstance(was, StageIs) else it
    still = [f"{node} to {_short(it)}" for node, it in model.moves(World(now, shown.cancelled), met)]
    started = model.started(World(now, shown.cancelled))
    still += [f"{node} to {_short(it)}" for node, it in started.items() if it.state is not now[node].state]
    return "\n".join([*lines, f"  from there still move: {', '.join(still) or 'none'}"])


def _short(it: NodeIs) -> str:
    reason = f"/{it.reason.name}" if isinstance(it, StageIs) and it.reason else ""
    return it.state.name + (f" {it.outcome.name}{reason}" if it.outcome else "")


def _needs(model: Model, node: NodeRef) -> str:
    group = model.groups[node]
    edges = ", ".join(f"{edge.target} {edge.when.name}" for edge in group.dependencies)
    plan = model.stages.get(node)
    about = "" if plan is None else (
        f"answers {[each.id for each in plan.answers]}, parent {plan.parent}, always {plan.always}, {plan.retry}"
    )  # fmt: skip
    return f"{group.needed} of [{edges}]; {about}"
