"""The gates of a stage: the checks that it answers hold it back until their own dependencies are satisfied."""

from __future__ import annotations

from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import assignments, checks, edges, stages
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.edges import CHECK, SATISFIED
from orchestrator.storage.tables.stages import StageRow
from turboci.states import CheckState


def recount(uow: UnitOfWork, stage: StageRow) -> StageRow:
    """Count the gates of a stage afresh, store the number, and return the stage with it.

    A check holds the stage back while it is PLANNED. Its edges to checks that the same stage answers count as
    satisfied: only the stage itself can satisfy them. A stage with such edges is counted afresh whenever one of its
    checks moves, the others are counted down.
    """
    answered = [check for _, check in assignments.assigned_checks(uow.session, stage.key)]
    ids = {check.id for check in answered}
    own = [_edges_within(uow, check, ids) if len(ids) > 1 else 0 for check in answered]
    internal = any(own)
    if internal:
        for check in answered:
            if not check.internal_edges:
                checks.mark_internal(uow.session, check.key)
    gates_open = sum(_holds_back(check, edges_within) for check, edges_within in zip(answered, own, strict=True))
    if gates_open != stage.gates_open or internal != bool(stage.internal_edges):
        stages.set_gates(uow.session, stage.key, gates_open, internal)
    stage.gates_open = gates_open
    stage.internal_edges = int(internal)
    return stage


def _holds_back(check: CheckRow, own: int) -> bool:
    """Return whether a check with so many edges within the stage is a gate.

    One that is PLANNED though its group is satisfied will be moved on, and counted down, in the same unit of work.
    """
    return check.state == CheckState.PLANNED and not (own and check.edges_satisfied + own >= check.edges_needed)


def _edges_within(uow: UnitOfWork, check: CheckRow, ids: set[str]) -> int:
    """Return how many unsatisfied edges of a check point at checks in `ids`."""
    if not check.edges_total:
        return 0
    return sum(
        edge.target_kind == CHECK and edge.target_id in ids and edge.state != SATISFIED
        for edge in edges.of_source(uow.session, CHECK, check.key)
    )
