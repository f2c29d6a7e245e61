"""Dependency groups that take the place of others."""

from __future__ import annotations

from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.service.writes.known import Known
from orchestrator.storage.tables import edges
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.stages import StageRow
from turboci.dependencies import DependencyGroup


def replace(uow: UnitOfWork, known: Known, kind: int, row: CheckRow | StageRow, group: DependencyGroup) -> None:
    """Store another group for a node, and note its numbers in the row."""
    states = known.states_of(group)
    edges.delete(uow.session, kind, row.key)
    edges.insert(uow.session, edges.rows_of(row.plan, kind, row.key, edges.targets_of(group, states)))
    row.predicate, row.edges_needed, row.edges_total, row.edges_satisfied, row.edges_failed = edges.count(group, states)
