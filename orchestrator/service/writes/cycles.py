"""Refuses writes after which nodes would wait for each other in a circle."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Final

from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.service.writes.creation import Creation
from orchestrator.service.writes.known import Name
from orchestrator.storage.tables import assignments, checks, edges, stages
from orchestrator.storage.tables.edges import CHECK, KINDS, STAGE
from turboci.errors import CyclicDependency
from turboci.graph import find_cycle
from turboci.states import CheckState, StageState

_DEPENDS: Final = "depends on"
_ANSWERED: Final = "is answered by"
_CHILDREN: Final = "waits for its child"
_HELD: Final = "is held back, through a check that it answers, by"


def refuse(created: Creation) -> None:
    """Refuse the unit of work if a node that it rewired waits for itself.

    Only what is not FINAL waits, and neighbours are read as the search reaches them, so that a small addition to a
    large plan costs little.

    Raises:
        CyclicDependency: With the whole path and the kind of each edge.
    """
    uow = created.uow
    if not uow.rewired or _are_new_and_in_order(created):
        return
    waits = _Waits(uow, created.plan.key)
    cycle = find_cycle(sorted(uow.rewired), waits.successors)
    if cycle is None:
        return
    steps = [f" {waits.label(a, b)} {_shown(b)}" for a, b in pairwise(cycle)]
    raise CyclicDependency(
        "dependencies",
        f"form a cycle: {_shown(cycle[0])}{','.join(steps)}",
        hint="remove one of these edges",
        field="dependencies",
        path=[f"{KINDS[kind].value}:{node_id}" for kind, node_id in cycle],
    )


def _are_new_and_in_order(created: Creation) -> bool:
    """Return whether it is plain from the call alone that no node waits for itself.

    So it is if all that was rewired is new, no way leads from there to what the plan held before and back, and the new
    nodes do not wait for each other in a circle, supposed that everything that could make them wait does.
    """
    if not created.is_detached or any(not created.has_untouched(*name) for name in created.uow.rewired):
        return False
    waits: defaultdict[Name, list[Name]] = defaultdict(list)
    for check_id, new in created.checks.items():
        waits[CHECK, check_id] += edges.names_of(new.group)
    for stage_id, stage in created.stages.items():
        name = (STAGE, stage_id)
        waits[name] += edges.names_of(stage.group)
        own = [(CHECK, assignment.target_check_id) for assignment in stage.assignments]
        for answered in own:
            check = created.checks.get(answered[1])
            if check is not None and check.group:
                waits[name] += [target for target in edges.names_of(check.group) if target not in own]
            waits[answered].append(name)
        if stage.parent is not None:
            waits[STAGE, stage.parent].append(name)
    return find_cycle(created.uow.rewired, lambda name: waits.get(name, ())) is None


class _Waits:
    """What a node waits for, and why."""

    def __init__(self, uow: UnitOfWork, plan: int) -> None:
        self._session: Final = uow.session
        self._plan: Final = plan
        self._labels: Final[dict[tuple[Name, Name], str]] = {}

    def label(self, waiting: Name, target: Name) -> str:
        return self._labels[waiting, target]

    def successors(self, node: Name) -> list[Name]:
        kind, node_id = node
        found = self._of_check(node_id) if kind == CHECK else self._of_stage(node_id)
        for target, label in found:
            self._labels.setdefault((node, target), label)
        return [target for target, _ in found]

    def _of_check(self, check_id: str) -> list[tuple[Name, str]]:
        row = checks.by_id(self._session, self._plan, check_id)
        if row is None or row.state == CheckState.FINAL:
            return []
        found: list[tuple[Name, str]] = []
        if row.state == CheckState.PLANNED:
            found += self._edges(CHECK, row.key)
        for key, goal in assignments.stages_of(self._session, self._plan, check_id):
            if goal == CheckState.FINAL:
                found.append(((STAGE, stages.id_of(self._session, key)), _ANSWERED))
        return found

    def _of_stage(self, stage_id: str) -> list[tuple[Name, str]]:
        row = stages.by_id(self._session, self._plan, stage_id)
        if row is None or row.state == StageState.FINAL:
            return []
        found: list[tuple[Name, str]] = [
            ((STAGE, child), _CHILDREN) for child in stages.children(self._session, row.key)
        ]
        if row.state != StageState.PLANNED:
            return found
        found += self._edges(STAGE, row.key)
        answered = [check for _, check in assignments.assigned_checks(self._session, row.key)]
        own = {(CHECK, check.id) for check in answered}
        for check in answered:
            if check.state == CheckState.PLANNED and check.edges_total:
                found += [(target, _HELD) for target, _ in self._edges(CHECK, check.key) if target not in own]
        return found

    def _edges(self, kind: int, key: int) -> list[tuple[Name, str]]:
        return [((edge.target_kind, edge.target_id), _DEPENDS) for edge in edges.of_source(self._session, kind, key)]


def _shown(node: Name) -> str:
    kind, node_id = node
    return f"{KINDS[kind].value} {node_id!r}"
