"""What the nodes of a plan add up to."""

from __future__ import annotations

from typing import Final

from orchestrator.storage.tables.plans import HELD, PlanState
from turboci.states import PlanStatus

FINISHED: Final = frozenset({PlanStatus.SUCCEEDED, PlanStatus.FAILED, PlanStatus.CANCELLED})
"""Nothing is open."""


def status_of(plan: PlanState) -> PlanStatus:
    """Sum a plan up by its counters; that it is stalled is found out when it is read.

    A held plan is not finished, whatever its nodes: more may come before it starts.
    """
    counts = plan.counts
    if not counts.checks_total and not counts.stages_total:
        return PlanStatus.CANCELLED if plan.cancelled else PlanStatus.EMPTY
    if counts.checks_open or counts.stages_open or plan.held == HELD:
        return PlanStatus.RUNNING
    if plan.cancelled:
        return PlanStatus.CANCELLED
    return PlanStatus.FAILED if counts.nodes_failed else PlanStatus.SUCCEEDED
