"""Dependency groups as writers give them: read, compared, stored."""

from __future__ import annotations

from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import checks, edges, stages
from orchestrator.storage.tables.edges import GroupCounts
from turboci.dependencies import Dependency, DependencyGroup, NodeKind
from turboci.states import CheckState

_FINAL = CheckState.FINAL
"""The number of FINAL is the same for checks and stages."""


def states_of(uow: UnitOfWork, plan: int, group: DependencyGroup) -> list[int]:
    """Return the state of each edge: decided at once if its target is FINAL already."""
    return [_state_of(uow, plan, edge) for edge in group.dependencies]


def replace(uow: UnitOfWork, plan: int, kind: int, source: int, group: DependencyGroup) -> GroupCounts:
    """Store another group for a node; return its numbers."""
    states = states_of(uow, plan, group)
    edges.delete(uow.session, kind, source)
    edges.insert(uow.session, plan, kind, source, group, states)
    return edges.count(group, states)


def _state_of(uow: UnitOfWork, plan: int, edge: Dependency) -> int:
    state_of = checks.state_of if edge.target.kind is NodeKind.CHECK else stages.state_of
    found = state_of(uow.session, plan, edge.target.id)
    if found is None or found[1] != _FINAL or found[2] is None:
        return edges.OPEN
    return edges.SATISFIED if edge.when.accepts(found[2]) else edges.FAILED
