"""Plans that nothing which is under way can finish."""

from __future__ import annotations

from orchestrator.storage.interface import Connection
from orchestrator.storage.tables import attempts, checks
from orchestrator.storage.tables.plans import HELD, PlanRow


def is_stalled(connection: Connection, plan: PlanRow, silent_since_us: int) -> bool:
    """Return whether something is open, no attempt can change that, and nobody has written since `silent_since_us`.

    A held plan is not stalled, somebody is about to release it; nor is one with an open check that is answered from
    outside.
    """
    if plan.held == HELD or (not plan.checks_open and not plan.stages_open):
        return False
    if attempts.any_live(connection, plan.key) or checks.any_external_open(connection, plan.key):
        return False
    return plan.updated_us <= silent_since_us
