"""Nodes of a plan that are too many for one answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from turboci.errors import LimitExceeded
from turboci.nodes import Check, Nodes, Stage
from turboci.queries import NodeQuery

NODES_PER_PAGE: Final = 5_000
"""So many are one answer, as of one moment; more of them are several."""


async def every_page(ask: Callable[[NodeQuery], Awaitable[Nodes]], query: NodeQuery) -> Nodes:
    """Return all nodes of a query, read page by page, with the position of the first page.

    A watch after that position learns whatever has changed since a page was read. A page that exceeds the size of a
    message is halved.

    Args:
        ask: Reads one page.
        query: Which nodes, without a page.

    Raises:
        LimitExceeded: A node alone is too large.
    """
    checks: list[Check] = []
    stages: list[Stage] = []
    page = replace(query, page_size=NODES_PER_PAGE)
    while True:
        try:
            found = await ask(page)
        except LimitExceeded:
            if page.page_size == 1:
                raise
            page = replace(page, page_size=(page.page_size + 1) // 2)
            continue
        checks += found.checks
        stages += found.stages
        if not found.next_page_token:
            return Nodes(checks=tuple(checks), stages=tuple(stages), sequence=found.sequence)
        page = replace(page, page_token=found.next_page_token)
