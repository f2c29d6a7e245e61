"""What the specification says of plans, without a server: rules that move nodes, in whatever order.

A world is the states of all nodes. Several rules may apply at once, and the specification does not say which comes
first; `outcomes_of` follows all of them and returns every world in which no rule applies any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from turboci.dependencies import DependencyGroup, NodeKind, NodeRef, Resolution, resolve
from turboci.states import CheckState, ConcludedReason, Outcome, StageState

WORST_FIRST = (Outcome.FAILED, Outcome.CANCELLED, Outcome.SKIPPED, Outcome.SUCCEEDED)


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


NodeIs: TypeAlias = CheckIs | StageIs
World: TypeAlias = frozenset[tuple[NodeRef, NodeIs]]
Standing: TypeAlias = Mapping[NodeRef, NodeIs]

FINAL_STAGE = StageState.FINAL
FINAL_CHECK = CheckState.FINAL


@dataclass(frozen=True, slots=True)
class StagePlan:
    """What a stage is defined as."""

    group: DependencyGroup
    answers: tuple[str, ...]
    max_attempts: int
    retries_red: bool


@dataclass
class Model:
    """One plan.

    Attributes:
        groups: What every node waits for.
        stages: The definitions of the stages.
        now: Where every node stands.
    """

    groups: dict[NodeRef, DependencyGroup] = field(default_factory=dict)
    stages: dict[NodeRef, StagePlan] = field(default_factory=dict)
    now: dict[NodeRef, NodeIs] = field(default_factory=dict)

    def outcomes_of(self, world: Standing) -> set[World]:
        """Return every world that the rules lead to."""
        ends: set[World] = set()
        seen: set[World] = set()
        open_worlds = [frozenset(world.items())]
        while open_worlds:
            here = open_worlds.pop()
            if here in seen:
                continue
            seen.add(here)
            state: dict[NodeRef, NodeIs] = dict(here)
            moves = self._certain_move(state) or self._contested_moves(state)
            open_worlds += [frozenset({**state, **move}.items()) for move in moves]
            if not moves:
                ends.add(frozenset(self._started(state).items()))
        return ends

    def _certain_move(self, world: Standing) -> list[Standing]:
        """Return a move that is made in every order, so that one order will do; or nothing."""
        for node, it in world.items():
            if isinstance(it, StageIs):
                if it.state is not FINAL_STAGE and self.reasons_to_skip(world, node, it):
                    return [{node: replace(it, state=FINAL_STAGE, outcome=Outcome.SKIPPED)}]
                continue
            ends = self._check_ends(world, node, it)
            if self._resolution(world, node) is Resolution.SATISFIED:
                if it.state is CheckState.PLANNED:
                    return [{node: CheckIs(CheckState.WAITING)}]
                if ends:
                    return [{node: ends[0]}]
            if ends and not self._answering(node):
                return [{node: ends[0]}]
        return []

    def _contested_moves(self, world: Standing) -> list[Standing]:
        """Return the ends of checks that may be skipped, or answered for, whichever comes first."""
        return [
            {node: end}
            for node, it in world.items()
            if isinstance(it, CheckIs)
            for end in self._check_ends(world, node, it)
        ]

    def _check_ends(self, world: Standing, node: NodeRef, check: CheckIs) -> list[CheckIs]:
        if check.state is FINAL_CHECK:
            return []
        ends = []
        if check.state is CheckState.PLANNED and self._resolution(world, node) is Resolution.UNSATISFIABLE:
            ends.append(CheckIs(FINAL_CHECK, Outcome.SKIPPED))
        outcomes = [world[stage].outcome for stage in self._answering(node)]
        known = [outcome for outcome in outcomes if outcome is not None]
        if known and len(known) == len(outcomes):
            ends.append(CheckIs(FINAL_CHECK, min(known, key=WORST_FIRST.index)))
        return ends

    def _answering(self, check: NodeRef) -> list[NodeRef]:
        return [ref for ref, stage in self.stages.items() if check.id in stage.answers]

    def reasons_to_skip(self, world: Standing, node: NodeRef, stage: StageIs) -> set[ConcludedReason]:
        """Return why a stage that is not FINAL becomes SKIPPED, or one that is may have been."""
        reasons = set()
        if stage.state is not StageState.ATTEMPTING and self._resolution(world, node) is Resolution.UNSATISFIABLE:
            reasons.add(ConcludedReason.DEPENDENCIES_UNSATISFIED)
        answered = [world.get(NodeRef(NodeKind.CHECK, id)) for id in self.stages[node].answers]
        if answered and not stage.has_run and all(check and check.outcome is not None for check in answered):
            reasons.add(ConcludedReason.NOTHING_TO_ANSWER)
        return reasons

    def _started(self, world: Standing) -> Standing:
        """Start what waits for nothing: that is done when nothing else moves."""
        after = dict(world)
        for node, it in world.items():
            if isinstance(it, StageIs) and it.state is StageState.PLANNED and self._may_start(world, node):
                after[node] = replace(it, state=StageState.ATTEMPTING)
        return after

    def _may_start(self, world: Standing, node: NodeRef) -> bool:
        if self._resolution(world, node) is not Resolution.SATISFIED:
            return False
        # Of a check that is not written yet nobody knows that the stage will answer it: edges to it wait.
        own = {ref for id in self.stages[node].answers if (ref := NodeRef(NodeKind.CHECK, id)) in world}
        return all(
            self._resolution(world, check, granted=own) is Resolution.SATISFIED
            for check in own
            if world[check].state is CheckState.PLANNED
        )

    def _resolution(self, world: Standing, node: NodeRef, *, granted: set[NodeRef] | None = None) -> Resolution:
        """Decide the group of a node; edges to `granted` ones count as satisfied, whatever became of them."""
        group = self.groups[node]
        if granted is None:
            return resolve(group, ((ref, it.outcome) for ref, it in world.items() if it.outcome is not None))
        wanted = [
            edge.target in granted
            or ((target := world.get(edge.target)) is not None
                and target.outcome is not None
                and edge.when.accepts(target.outcome))
            for edge in group.dependencies
        ]  # fmt: skip
        return Resolution.SATISFIED if sum(wanted) >= group.needed else Resolution.OPEN
