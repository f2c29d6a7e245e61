"""Which nodes of a plan are asked for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict

from turboci.states import CheckState, StageState


class NodeFilters(TypedDict, total=False):
    """The fields of a `NodeQuery` as keywords of a call: see there."""

    check_ids: Collection[str]
    stage_ids: Collection[str]
    check_states: Collection[CheckState]
    stage_states: Collection[StageState]
    include_checks: bool
    include_stages: bool
    page_size: int
    page_token: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeQuery:
    """Which nodes of a plan are wanted, and how many at once; empty filters mean all.

    Attributes:
        page_size: Most nodes of the answer, checks and stages together; 0 is all that there are.
        page_token: `Nodes.next_page_token` of the page before; empty begins. The rest of the query stays the same.
    """

    check_ids: Collection[str] = ()
    stage_ids: Collection[str] = ()
    check_states: Collection[CheckState] = ()
    stage_states: Collection[StageState] = ()
    include_checks: bool = True
    include_stages: bool = True
    page_size: int = 0
    page_token: str = ""

    def filters(self) -> NodeFilters:
        """Return the query as keywords of a call."""
        return NodeFilters(
            check_ids=self.check_ids,
            stage_ids=self.stage_ids,
            check_states=self.check_states,
            stage_states=self.stage_states,
            include_checks=self.include_checks,
            include_stages=self.include_stages,
            page_size=self.page_size,
            page_token=self.page_token,
        )
