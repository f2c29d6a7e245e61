"""What the specification says of a plan, without a server: rules that move nodes, in whatever order.

Several rules may apply at once, and the specification does not say which comes first: `tests.stress.reaching` looks
for an order that leads to what the server shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from turboci.dependencies import DependencyGroup, NodeKind, NodeRef, Resolution, resolve
from turboci.nodes import Assignment
from turboci.retry import RetryPolicy
from turboci.states import CheckState, ConcludedReason, Outcome, StageState

WORST_FIRST = (Outcome.FAILED, Outcome.CANCELLED, Outcome.SKIPPED, Outcome.SUCCEEDED)
BAD = (Outcome.FAILED, Outcome.CANCELLED)


@dataclass(frozen=True, slots=True)
class CheckIs:
    """Where a check stands."""

    state: CheckState = CheckState.PLANNED
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class StageIs:
    """Where a stage stands.

    Attributes:
        charged: How many lost and red attempts it has had.
        has_run: Whether a runner has had any of its attempts.
    """

    state: StageState = StageState.PLANNED
    outcome: Outcome | None = None
    reason: ConcludedReason | None = None
    charged: int = 0
    has_run: bool = False

    def ended(self, outcome: Outcome, reason: ConcludedReason) -> StageIs:
        """Return it FINAL."""
        return replace(self, state=StageState.FINAL, outcome=outcome, reason=reason)


NodeIs: TypeAlias = CheckIs | StageIs
Nodes: TypeAlias = Mapping[NodeRef, NodeIs]

CANCELLED = CheckIs(CheckState.FINAL, Outcome.CANCELLED)


@dataclass(frozen=True, slots=True)
class World:
    """Where everything stands.

    Attributes:
        cancelled: Whether the plan is cancelled.
    """

    nodes: Nodes
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class StagePlan:
    """What a stage is defined as. Times are seconds."""

    assignments: tuple[Assignment, ...] = ()
    retry: RetryPolicy = RetryPolicy()
    parent: NodeRef | None = None
    always: bool = False
    timeout: float = 600.0
    heartbeat: float | None = None

    @property
    def answers(self) -> list[NodeRef]:
        """The checks that it is assigned to, written or not."""
        return [NodeRef(NodeKind.CHECK, each.target_check_id) for each in self.assignments]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What happened, besides the world that it left.

    Attributes:
        closing: The plan was not cancelled before: if it is now, what is open is about to be.
        overdue: The deadline of the plan has passed.
        lost: Stages whose last attempt is lost, and what that makes of them.
        taken: Stages of which a runner was given an attempt meanwhile: too late to skip them, or not yet.
    """

    closing: bool = True
    overdue: bool = False
    lost: Mapping[NodeRef, ConcludedReason] = field(default_factory=dict)
    taken: frozenset[NodeRef] = frozenset()


@dataclass
class Model:
    """One plan.

    Attributes:
        groups: What every node waits for.
        stages: The definitions of the stages.
        now: Where everything stands.
    """

    fail_fast: bool = False
    held: bool = False
    deadline_us: int | None = None
    groups: dict[NodeRef, DependencyGroup] = field(default_factory=dict)
    stages: dict[NodeRef, StagePlan] = field(default_factory=dict)
    now: World = field(default_factory=lambda: World({}))

    def copy(self) -> Model:
        """Return a model that may go its own way."""
        return replace(self, groups={**self.groups}, stages={**self.stages})

    def answering(self, check: NodeRef) -> list[NodeRef]:
        """Return the stages that are to finish a check."""
        return [ref for ref, stage in self.stages.items() if check in stage.answers]

    def moved(self, world: World, node: NodeRef, it: NodeIs) -> World:
        """Return the world with one node elsewhere: the first that is FAILED cancels a plan that is to fail fast."""
        cancels = self.fail_fast and it.outcome is Outcome.FAILED
        return World({**world.nodes, node: it}, world.cancelled or cancels)

    def moves(self, world: World, met: Circumstances) -> Iterator[tuple[NodeRef, NodeIs]]:
        """Yield every move that a rule makes, except that stages start."""
        for node, it in world.nodes.items():
            if it.outcome is not None:
                continue
            ends: Iterator[NodeIs]
            if isinstance(it, CheckIs):
                ends = self._check_ends(world, met, node, it)
            else:
                ends = self._stage_ends(world, met, node, it)
            yield from ((node, end) for end in ends)

    def _check_ends(self, world: World, met: Circumstances, node: NodeRef, check: CheckIs) -> Iterator[CheckIs]:
        if check.state is CheckState.PLANNED and not world.cancelled:
            resolution = self.resolution(world.nodes, node)
            if resolution is Resolution.SATISFIED:
                yield CheckIs(CheckState.WAITING)
            if resolution is Resolution.UNSATISFIABLE:
                yield CheckIs(CheckState.FINAL, Outcome.SKIPPED)
        answering = self.answering(node)
        outcomes = [world.nodes[stage].outcome for stage in answering]
        known = [outcome for outcome in outcomes if outcome is not None]
        if known and len(known) == len(outcomes):
            yield CheckIs(CheckState.FINAL, min(known, key=WORST_FIRST.index))
        spared = any(self.stages[stage].always and world.nodes[stage].outcome is None for stage in answering)
        if world.cancelled and met.closing and not spared:
            yield CANCELLED

    def _stage_ends(self, world: World, met: Circumstances, node: NodeRef, stage: StageIs) -> Iterator[StageIs]:
        plan = self.stages[node]
        over = world.cancelled and not plan.always
        if (over and met.closing) or (plan.parent is not None and self._goes_with(world, plan.parent)):
            yield stage.ended(Outcome.CANCELLED, ConcludedReason.CANCELLED)
        if stage.state is StageState.ATTEMPTING and node in met.lost:
            yield stage.ended(Outcome.FAILED, met.lost[node])
        if stage.state is StageState.AWAITING_GROUP and not over:
            yield from self._group_ends(world, node, stage)
        waits = stage.state is StageState.PLANNED and not world.cancelled
        if waits and self.resolution(world.nodes, node) is Resolution.UNSATISFIABLE:
            yield stage.ended(Outcome.SKIPPED, ConcludedReason.DEPENDENCIES_UNSATISFIED)
        if not over and not stage.has_run and self._has_nothing_to_answer(world, plan):
            yield stage.ended(Outcome.SKIPPED, ConcludedReason.NOTHING_TO_ANSWER)

    def _goes_with(self, world: World, parent: NodeRef) -> bool:
        """Return whether the children of a stage are cancelled with it: in a cancelled plan each has its own turn."""
        cancelled = world.nodes[parent].outcome is Outcome.CANCELLED
        return cancelled and (self.stages[parent].always or not world.cancelled)

    def _group_ends(self, world: World, node: NodeRef, stage: StageIs) -> Iterator[StageIs]:
        outcomes = [world.nodes[child].outcome for child, plan in self.stages.items() if plan.parent == node]
        if None in outcomes:
            return
        if any(outcome in BAD for outcome in outcomes):
            yield stage.ended(Outcome.FAILED, ConcludedReason.GROUP_FAILED)
        else:
            yield stage.ended(Outcome.SUCCEEDED, ConcludedReason.ATTEMPT_COMPLETE)

    def _has_nothing_to_answer(self, world: World, plan: StagePlan) -> bool:
        answered = [world.nodes.get(check) for check in plan.answers]
        return bool(answered) and all(check is not None and check.outcome is not None for check in answered)

    def started(self, world: World) -> Nodes:
        """Start what waits for nothing: that is done when nothing else moves."""
        after = dict(world.nodes)
        if self.held and not world.cancelled:
            return after
        for node, plan in self.stages.items():
            it = world.nodes[node]
            if not isinstance(it, StageIs) or it.state is not StageState.PLANNED:
                continue
            if not world.cancelled and self._may_start(world.nodes, node):
                after[node] = replace(it, state=StageState.ATTEMPTING)
            if world.cancelled and plan.always and not self._waits_for_spared(world.nodes, node):
                after[node] = replace(it, state=StageState.ATTEMPTING)
                for check in self._gates(world.nodes, node):
                    after[check] = CheckIs(CheckState.WAITING)
        return after

    def _gates(self, nodes: Nodes, stage: NodeRef) -> list[NodeRef]:
        """Return the checks that may hold back the stage that answers them."""
        answered = self.stages[stage].answers
        return [check for check in answered if check in nodes and nodes[check].state is CheckState.PLANNED]

    def _may_start(self, nodes: Nodes, node: NodeRef) -> bool:
        if self.resolution(nodes, node) is not Resolution.SATISFIED:
            return False
        # Of a check that is not written yet nobody knows that the stage will answer it: edges to it wait.
        own = {check for check in self.stages[node].answers if check in nodes}
        return all(self._wanted(nodes, check, own) >= self.groups[check].needed for check in self._gates(nodes, node))

    def _wanted(self, nodes: Nodes, node: NodeRef, granted: set[NodeRef]) -> int:
        """Return how many edges are satisfied, those to `granted` nodes included, whatever became of them."""
        count = 0
        for edge in self.groups[node].dependencies:
            target = nodes.get(edge.target)
            outcome = target.outcome if target else None
            count += edge.target in granted or (outcome is not None and edge.when.accepts(outcome))
        return count

    def _waits_for_spared(self, nodes: Nodes, stage: NodeRef) -> bool:
        """Return whether a stage that outlives its plan waits for another node that does; all else holds nothing."""
        own = set(self.stages[stage].answers)
        return any(
            edge.target in nodes and nodes[edge.target].outcome is None and edge.target not in own
            for source in (stage, *self._gates(nodes, stage))
            for edge in self.groups[source].dependencies
        )

    def resolution(self, nodes: Nodes, node: NodeRef) -> Resolution:
        """Decide the group of a node."""
        return resolve(self.groups[node], ((ref, it.outcome) for ref, it in nodes.items() if it.outcome is not None))
