"""What a plan holds before a call, as far as the call is about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import assignments, checks, edges, stages
from orchestrator.storage.tables.edges import CHECK, KIND_NUMBERS, STAGE
from orchestrator.storage.tables.plans import PlanRow
from turboci.dependencies import Dependency, DependencyGroup
from turboci.states import Outcome
from turboci.writes import CheckWrite, NodeWrites, StageWrite

Name: TypeAlias = tuple[int, str]
"""Kind and id of a node."""


class Known:
    """The nodes of a plan that a call names: each table is asked once for all of them, and not at all in a new plan.

    Attributes:
        names: Those that exist.
        awaited: Those that the call creates and that nodes of the plan depend on already.
        answered: Ids of checks that the call creates and that stages of the plan are assigned to already.
    """

    def __init__(self, uow: UnitOfWork, plan: PlanRow, writes: NodeWrites) -> None:
        self.names: Final[set[Name]] = set()
        self.awaited: Final[set[Name]] = set()
        self.answered: Final[set[str]] = set()
        self._finished: Final = uow.finished
        self._seen = 0
        self._ends: Final[dict[Name, Outcome]] = {}
        if plan.checks_total or plan.stages_total:
            self._read(uow, plan.key, writes)

    @property
    def ended(self) -> int:
        """How many nodes have ended in the call so far: with it changes what `states_of` returns."""
        return len(self._finished)

    def states_of(self, group: DependencyGroup) -> Sequence[int]:
        """Return the state of each edge: decided at once if its target is FINAL already."""
        # Nothing takes from the list of those that end before the call is through.
        for position in range(self._seen, len(self._finished)):
            node = self._finished[position]
            self._ends[node.kind, node.id] = node.outcome
        self._seen = len(self._finished)
        if not self._ends:
            return (edges.OPEN,) * len(group.dependencies)
        return [self._state_of(edge) for edge in group.dependencies]

    def _state_of(self, edge: Dependency) -> int:
        outcome = self._ends.get((KIND_NUMBERS[edge.target.kind], edge.target.id))
        if outcome is None:
            return edges.OPEN
        return edges.SATISFIED if edge.when.accepts(outcome) else edges.FAILED

    def _read(self, uow: UnitOfWork, plan: int, writes: NodeWrites) -> None:
        written = {CHECK: {write.id for write in writes.checks}, STAGE: {write.id for write in writes.stages}}
        named = {kind: set(ids) for kind, ids in written.items()}
        for edge in _edges((*writes.checks, *writes.stages)):
            named[KIND_NUMBERS[edge.target.kind]].add(edge.target.id)
        named[CHECK].update(assigned.target_check_id for write in writes.stages for assigned in write.assignments)
        self._find(CHECK, checks.outcomes_of(uow.session, plan, named[CHECK]))
        self._find(STAGE, stages.outcomes_of(uow.session, plan, named[STAGE]))
        for kind, ids in written.items():
            new = [node_id for node_id in ids if (kind, node_id) not in self.names]
            self.awaited.update((kind, node_id) for node_id in edges.awaited_of(uow.session, plan, kind, new))
            if kind == CHECK:
                self.answered.update(assignments.answered_of(uow.session, plan, new))

    def _find(self, kind: int, found: Iterable[tuple[str, Outcome | None]]) -> None:
        for node_id, outcome in found:
            self.names.add((kind, node_id))
            if outcome is not None:
                self._ends[kind, node_id] = outcome


def _edges(writes: Sequence[CheckWrite | StageWrite]) -> Iterator[Dependency]:
    """Yield the edges of all groups; many nodes may share one."""
    groups = {id(write.dependencies): write.dependencies for write in writes if write.dependencies}
    for group in groups.values():
        yield from group.dependencies
