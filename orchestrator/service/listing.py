"""Plans by the page, newest first."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from orchestrator.service.plans import work_plan
from orchestrator.storage.interface import Connection
from orchestrator.storage.tables import plans
from turboci.errors import InvalidArgument
from turboci.plans import PlanPage
from turboci.states import PlanStatus

_NEWEST: Final = 2**63 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanQuery:
    """Which plans are wanted; empty filters mean all."""

    statuses: Collection[PlanStatus]
    name: str
    page_size: int
    page_token: str


def page(connection: Connection, query: PlanQuery, silent_since_us: int) -> PlanPage:
    """Return the plans of a page.

    Args:
        connection: What to read.
        query: Which.
        silent_since_us: A plan that is not written to since then, and cannot go on, is STALLED.

    Raises:
        InvalidArgument: The token is none.
    """
    before_key = _key_of(query.page_token) if query.page_token else _NEWEST
    # That a plan is stalled is not stored: to the table it is RUNNING.
    stored = {PlanStatus.RUNNING.value if status is PlanStatus.STALLED else status.value for status in query.statuses}
    rows = plans.page(connection, sorted(stored), query.name, before_key, query.page_size + 1)
    shown, more = rows[: query.page_size], len(rows) > query.page_size
    found = (work_plan(connection, row, silent_since_us) for row in shown)
    return PlanPage(
        plans=tuple(plan for plan in found if not query.statuses or plan.status in query.statuses),
        next_page_token=_token(shown[-1].key) if more else "",
    )


def _token(key: int) -> str:
    return base64.urlsafe_b64encode(f"plans:{key}".encode()).decode().rstrip("=")


def _key_of(token: str) -> int:
    refusal = InvalidArgument(
        "the page", f"has page_token {token!a}", hint="pass next_page_token of the former page", field="page_token"
    )
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        kind, _, number = text.partition(":")
        key = int(number)
    except (binascii.Error, ValueError) as error:
        raise refusal from error
    if kind != "plans" or not 0 < key <= _NEWEST:
        raise refusal
    return key
