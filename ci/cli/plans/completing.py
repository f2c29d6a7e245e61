"""What the shell offers while somebody types the name of a plan or a stage."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import click
from click.shell_completion import CompletionItem

from ci.cli.addresses import ADDRESS_VARIABLE, DEFAULT_ADDRESS
from ci.cli.plans.finding import LATEST, find_plan
from ci.embedded import local
from ci.port import Orchestrator
from ci.remote.connection import connect
from turboci.errors import CIError

_SECONDS: Final = 2.0


def complete_plan(context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the plans of the orchestrator that begin so: names, ids, and `latest`."""

    async def answer(port: Orchestrator) -> list[CompletionItem]:
        page = await port.list_work_plans(page_size=200)
        offered = {LATEST: "the newest plan"}
        for plan in page.plans:
            if plan.name:
                offered.setdefault(plan.name, "the newest plan of this name")
            offered[plan.id] = " ".join(filter(None, [plan.name, plan.status.name]))
        return [CompletionItem(word, help=said) for word, said in offered.items() if word.startswith(typed)]

    return _offered(context, answer)


def complete_stage(context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the stages of the plan that begin so."""

    async def answer(port: Orchestrator) -> list[CompletionItem]:
        plan = await find_plan(port, str(context.params.get("plan") or LATEST))
        nodes = await port.query_nodes(plan.id, include_checks=False)
        return [CompletionItem(stage.id, help=stage.state.name) for stage in nodes.stages if stage.id.startswith(typed)]

    return _offered(context, answer)


def _offered(
    context: click.Context, answer: Callable[[Orchestrator], Awaitable[list[CompletionItem]]]
) -> list[CompletionItem]:
    """Ask the orchestrator; without one there is nothing to offer, and the shell must not be told so on its line."""
    address = str(context.params.get("address") or os.environ.get(ADDRESS_VARIABLE) or DEFAULT_ADDRESS)
    db = str(context.params.get("db") or "")
    has_file = Path(db).is_file()

    async def ask() -> list[CompletionItem]:
        if has_file:
            async with local(db) as opened:
                return await answer(opened)
        async with connect(address, timeout=_SECONDS, retry_for=0.0) as port:
            return await answer(port)

    try:
        return asyncio.run(ask())
    except CIError:
        return []
