"""Work plans by the page, and what is left of them when they are deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from turboci.nodes import WorkPlan

PAGE_SIZE: Final = 100
"""Plans of a page that asks for no number."""
MAX_PAGE_SIZE: Final = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanPage:
    """Some plans, newest first.

    Attributes:
        plans: May be fewer than asked for, or none, while there are more.
        next_page_token: Asks for the next page; empty after the last one.

    Example:
        page = await orch.list_work_plans(page_size=10)
        while page.next_page_token:
            page = await orch.list_work_plans(page_size=10, page_token=page.next_page_token)
    """

    plans: tuple[WorkPlan, ...] = ()
    next_page_token: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeletedPlans:
    """How much was deleted, or would be.

    Example:
        >>> ci.DeletedPlans(plans=1, stages=3) + ci.DeletedPlans(plans=1, checks=2)
        DeletedPlans(plans=2, checks=2, stages=3)
    """

    plans: int = 0
    checks: int = 0
    stages: int = 0

    def __add__(self, other: DeletedPlans) -> DeletedPlans:
        return DeletedPlans(
            plans=self.plans + other.plans, checks=self.checks + other.checks, stages=self.stages + other.stages
        )
