"""The server agrees with a model that is nothing but the specification: `tests.stress.model`.

Plans with edges of all kinds are written, answered, lost, refused, cancelled and restarted at random; after every step
the states and outcomes of all nodes must be ones that the rules lead to. ``TURBOCI_MODEL_EXAMPLES`` sets how many plans
are tried.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.service.recording import Call
from tests.service.recount import violations
from tests.service.rig import Rig
from tests.service.writing import ended, on_check, on_stage
from tests.stress.model import CheckIs, Model, NodeIs, StageIs, StagePlan
from turboci.dependencies import Dependency, DependencyGroup, NodeRef, Predicate, When
from turboci.errors import InvalidArgument, InvalidState
from turboci.executions import Answer, CheckUpdate
from turboci.nodes import Assignment, Stage
from turboci.retry import RetryOn, RetryPolicy
from turboci.states import AttemptState, CheckState, ConcludedReason, Outcome, StageState
from turboci.writes import CheckWrite, StageWrite

T = TypeVar("T")

Shown: TypeAlias = dict[NodeRef, tuple[CheckState | StageState, Outcome | None, ConcludedReason | None]]
New: TypeAlias = tuple[DependencyGroup, tuple[str, ...], RetryPolicy | None]

MOST = 6
"""Checks, and stages, of one plan: enough for every kind of meeting, few enough for all orders to be followed."""

CHECK_IDS = [f"c{number}" for number in range(MOST)]
STAGE_IDS = [f"s{number}" for number in range(MOST)]
DAY = 86_000.0

edges = st.builds(
    Dependency,
    st.one_of(st.sampled_from(CHECK_IDS).map(on_check), st.sampled_from(STAGE_IDS).map(on_stage)),
    st.sampled_from(When),
)


def _group(predicate: Predicate, targets: list[Dependency], threshold: int) -> DependencyGroup:
    if predicate is not Predicate.AT_LEAST:
        return DependencyGroup(predicate, tuple(targets))
    return DependencyGroup(predicate, tuple(targets), min(threshold, max(1, len(set(targets)))))


groups = st.builds(_group, st.sampled_from(Predicate), st.lists(edges, max_size=3), st.integers(1, 3))
policies = st.builds(
    RetryPolicy, max_attempts=st.integers(1, 3), retry_on=st.sampled_from([RetryOn.LOST, RetryOn.LOST | RetryOn.FAILED])
)
new_checks = st.builds(lambda group: (group, (), None), groups)
new_stages = st.builds(
    lambda group, answers, policy: (group, tuple(answers), policy),
    groups,
    st.lists(st.sampled_from(CHECK_IDS), max_size=2, unique=True),
    policies,
)


class AgainstTheModel(RuleBasedStateMachine):
    """One server, one runner that comes and goes, one plan at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._loop = asyncio.Runner()
        self.rig = Rig(Path(self._folder.name))
        self.model = Model()
        self.calls: list[Call] = []
        self.had: set[NodeRef] = set()
        self.running: set[NodeRef] = set()
        self.lease = ""
        self.run(self.rig.start())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run(work)

    def teardown(self) -> None:
        try:
            self.run(self.rig.stop())
        finally:
            self._loop.close()
            self._folder.cleanup()

    @initialize()
    def begin(self) -> None:
        self.come()

    @precondition(lambda self: not self.lease)
    @rule()
    def come(self) -> None:
        self.lease = self.run(self.rig.register(ttl=86_400)).registration_id
        self.expect(self.model.now)

    @precondition(lambda self: self.lease)
    @rule()
    def leave(self) -> None:
        self.run(self.rig.server.unregister_runner(self.lease))
        self.lease = ""
        self.expect(self.model.now)

    @rule(
        nodes=st.lists(st.one_of(new_checks, new_stages, new_stages), min_size=1, max_size=6),
        also=st.none() | st.sampled_from(CHECK_IDS),
    )
    def write(self, nodes: list[New], also: str | None) -> None:
        """Add nodes, and perhaps end a check in the same call."""
        before = Model({**self.model.groups}, {**self.model.stages}, {**self.model.now})
        writes = [write for node in nodes if (write := self._defined(*node)) is not None]
        answered: dict[NodeRef, NodeIs] = {}
        if also is not None and (check := before.now.get(on_check(also))) and check.state != CheckState.FINAL:
            writes.insert(0, ended(also))
            answered = {on_check(also): _answered(red=False)}
        try:
            self.run(self.rig.write(*writes))
        except InvalidArgument as error:  # a cycle
            note(str(error))
            self.model, answered = before, {}
        self.expect(self.model.now | answered)

    def _defined(
        self, group: DependencyGroup, answers: tuple[str, ...], policy: RetryPolicy | None
    ) -> CheckWrite | StageWrite | None:
        """Add a node to the model, and return the write that adds it to the server."""
        checks = len(self.model.groups) - len(self.model.stages)
        if policy is None:
            if checks == MOST:
                return None
            ref = on_check(CHECK_IDS[checks])
            self.model.now[ref] = CheckIs()
        elif len(self.model.stages) == MOST:
            return None
        else:
            ref = on_stage(STAGE_IDS[len(self.model.stages)])
            self.model.now[ref] = StageIs()
            retries_red = RetryOn.FAILED in policy.retry_on
            self.model.stages[ref] = StagePlan(group, answers, policy.max_attempts, retries_red)
        self.model.groups[ref] = group
        if policy is None:
            return CheckWrite(id=ref.id, dependencies=group)
        assignments = tuple(Assignment(check_id) for check_id in answers)
        return StageWrite(
            id=ref.id, runner_type="builder", dependencies=group, assignments=assignments, retry=policy, timeout=DAY
        )

    @rule(which=st.sampled_from(CHECK_IDS), red=st.booleans())
    def answer_from_outside(self, which: str, red: bool) -> None:
        check = self.model.now.get(on_check(which))
        if check is None:
            return
        try:
            self.run(self.rig.write(ended(which, failure="red" if red else None)))
        except InvalidState:
            assert check.state == CheckState.FINAL
        self.expect(self.model.now | ({} if check.state == CheckState.FINAL else {on_check(which): _answered(red)}))

    @precondition(lambda self: self.calls)
    @rule(which=st.integers(0, 9), how=st.sampled_from(["lose", "refuse"]))
    def come_back_without_an_answer(self, which: int, how: str) -> None:
        call = self.calls.pop(which % len(self.calls))
        ref = on_stage(call.execution.stage_id)
        stage, plan = self.stage(ref), self.model.stages[ref]
        if how == "refuse":
            call.refuse()
            self.running.discard(ref)
            stage = replace(stage, has_run=ref in self.had)
        else:
            call.lose()
            self.had.add(ref)
            if stage.charged + 1 < plan.max_attempts:
                stage = replace(stage, charged=stage.charged + 1)
            else:
                stage = _ended(stage, Outcome.FAILED, ConcludedReason.RETRIES_EXHAUSTED)
        self.run(self.rig.settle())
        self.expect(self.model.now | {ref: stage})

    @precondition(lambda self: self.calls)
    @rule(
        which=st.integers(0, 9),
        offered=st.booleans(),
        others=st.lists(st.sampled_from(CHECK_IDS), max_size=2),
        reds=st.lists(st.sampled_from([False, False, True]), min_size=8, max_size=8),
        failure=st.sampled_from([None, None, None, "the work failed"]),
    )
    def answer(self, which: int, offered: bool, others: list[str], reds: list[bool], failure: str | None) -> None:
        call = self.calls.pop(which % len(self.calls))
        ids = [check.check_id for check in call.execution.checks] if offered else []
        ids += [id for id in others if on_check(id) in self.model.now]
        updates = tuple(
            CheckUpdate(check_id=id, state=CheckState.FINAL, failure="red" if red else None)
            for id, red in zip(ids, reds, strict=False)
        )
        call.answer(*updates, failure=failure)
        self.run(self.rig.settle())
        ref = on_stage(call.execution.stage_id)
        self.had.add(ref)
        self.expect(self._answered_by(ref, Answer(check_updates=updates, failure=failure)))

    def _answered_by(self, ref: NodeRef, answer: Answer) -> dict[NodeRef, NodeIs]:
        """Return the world after an answer and before the rules, as section 4 has it."""
        stage, plan = self.stage(ref), self.model.stages[ref]
        world = {**self.model.now}
        reds = [answer.failure is not None or update.failure is not None for update in answer.check_updates]
        red = answer.failure is not None or any(reds)
        if red and plan.retries_red and stage.charged + 1 < plan.max_attempts:
            return world | {ref: replace(stage, charged=stage.charged + 1)}
        failed = answer.failure is not None
        for update, is_red in zip(answer.check_updates, reds, strict=True):
            if world[on_check(update.check_id)].state == CheckState.FINAL:
                failed |= is_red
            else:
                world[on_check(update.check_id)] = _answered(is_red)
        if failed:
            return world | {ref: _ended(stage, Outcome.FAILED, ConcludedReason.WORK_FAILED)}
        return world | {ref: _ended(stage, Outcome.SUCCEEDED, ConcludedReason.ATTEMPT_COMPLETE)}

    @rule(seconds=st.sampled_from([0.5, 5.0, 200.0]))
    def wait(self, seconds: float) -> None:
        self.run(self.rig.advance(seconds))
        self.expect(self.model.now)
        if seconds > 100 and self.lease:
            attempting = {ref for ref in self.model.stages if self.stage(ref).state is StageState.ATTEMPTING}
            assert attempting - {on_stage(call.execution.stage_id) for call in self.calls} == set()

    @rule(which=st.sampled_from(STAGE_IDS))
    def cancel_stage(self, which: str) -> None:
        ref = on_stage(which)
        if ref not in self.model.now:
            return
        self.run(self.rig.server.cancel_stage(self.rig.plan, which))
        self.run(self.rig.settle())
        stage = self.stage(ref)
        if stage.state is not StageState.FINAL:
            stage = _ended(stage, Outcome.CANCELLED, ConcludedReason.CANCELLED)
        self.expect(self.model.now | {ref: stage})

    @precondition(lambda self: len(self.model.now) > MOST)
    @rule()
    def cancel(self) -> None:
        self.run(self.rig.server.cancel_work_plan(self.rig.plan))
        self.run(self.rig.settle())
        self.expect({ref: _cancelled(it) for ref, it in self.model.now.items()})
        self.rig.plan = self.run(self.rig.server.create_work_plan()).id
        self.model, self.had, self.running = Model(), set(), set()

    @rule(crash=st.booleans())
    def restart(self, crash: bool) -> None:
        self.calls.clear()
        self.had |= self.running
        self.run(self.rig.crash() if crash else self.rig.restart())
        self.expect(self.model.now)

    def stage(self, ref: NodeRef) -> StageIs:
        it = self.model.now[ref]
        assert isinstance(it, StageIs)
        return it

    def expect(self, world: dict[NodeRef, NodeIs]) -> None:
        """Compare the server with every world that the rules lead to from this one, and go on from where it is."""
        nodes = self.run(self.rig.server.query_nodes(self.rig.plan))
        shown: Shown = {on_check(it.id): (it.state, it.outcome, None) for it in nodes.checks}
        shown |= {on_stage(it.id): (it.state, it.outcome, it.concluded_reason) for it in nodes.stages}
        possible = self.model.outcomes_of({ref: self._with_history(ref, it) for ref, it in world.items()})
        agreeing = [end for end in possible if self._agrees(dict(end), shown)]
        assert agreeing, f"the server shows {shown}; the rules lead to {[dict(end) for end in possible]}"
        self.model.now = {ref: _as_shown(it, shown[ref][2]) for ref, it in agreeing[0]}
        self._look_at_attempts(nodes.stages)
        assert self.run(self.rig.read(violations)) == []

    def _agrees(self, world: dict[NodeRef, NodeIs], shown: Shown) -> bool:
        """Return whether a world is what the server shows; of two reasons to skip a stage it may give either."""
        if world.keys() != shown.keys():
            return False
        for ref, it in world.items():
            state, outcome, reason = shown[ref]
            if (it.state, it.outcome) != (state, outcome):
                return False
            if isinstance(it, StageIs) and reason != it.reason:
                reasons = self.model.reasons_to_skip(world, ref, it) if it.reason is None else set()
                if reason not in reasons:
                    return False
        return True

    def _with_history(self, ref: NodeRef, it: NodeIs) -> NodeIs:
        return replace(it, has_run=ref in self.had or ref in self.running) if isinstance(it, StageIs) else it

    def _look_at_attempts(self, stages: Sequence[Stage]) -> None:
        """Note who is at work: which attempt a runner gets when is no business of the model."""
        self.calls += self.rig.runners.take_all()
        self.calls = [call for call in self.calls if not call.reply.done()]
        self.running = {
            on_stage(it.id) for it in stages if it.attempts and it.attempts[-1].state is AttemptState.RUNNING
        }


def _as_shown(it: NodeIs, reason: ConcludedReason | None) -> NodeIs:
    return replace(it, reason=reason) if isinstance(it, StageIs) else it


def _answered(red: bool) -> CheckIs:
    return CheckIs(CheckState.FINAL, Outcome.FAILED if red else Outcome.SUCCEEDED)


def _ended(stage: StageIs, outcome: Outcome, reason: ConcludedReason) -> StageIs:
    return replace(stage, state=StageState.FINAL, outcome=outcome, reason=reason)


def _cancelled(it: NodeIs) -> NodeIs:
    if it.outcome is not None:
        return it
    if isinstance(it, CheckIs):
        return CheckIs(CheckState.FINAL, Outcome.CANCELLED)
    return _ended(it, Outcome.CANCELLED, ConcludedReason.CANCELLED)


TestModel = AgainstTheModel.TestCase
TestModel.settings = settings(
    max_examples=int(os.environ.get("TURBOCI_MODEL_EXAMPLES", "50")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
