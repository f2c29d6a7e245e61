"""From the words of people to the plan, the stage or the nodes that they mean."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import Final

from ci.port import Orchestrator
from ci.workflow.suggestions import did_you_mean
from turboci.dependencies import NodeRef
from turboci.errors import InvalidArgument, NotFound
from turboci.nodes import Nodes, Stage, WorkPlan
from turboci.plans import MAX_PAGE_SIZE

LATEST: Final = "latest"
_FULL_ID: Final = re.compile("[0-9a-f]{32}")
SHORTEST: Final = 8
"""Least characters of an id that are shown."""


async def find_plan(port: Orchestrator, word: str) -> WorkPlan:
    """Return the plan of this id, the newest of this name, the newest of all, or the one whose id begins so.

    Raises:
        NotFound: There is none.
        InvalidArgument: Several ids begin so.
    """
    if not word:
        raise InvalidArgument("work plan", "is not named", hint="say its id, its name, or latest")
    if _FULL_ID.fullmatch(word):
        with suppress(NotFound):
            return await port.get_work_plan(word)
    async for plan in every_plan(port, name="" if word == LATEST else word):
        return plan
    if word == LATEST:
        raise NotFound("work plan 'latest'", "is not there", hint="there are no plans yet: turboci run FILE.py")
    known = [plan async for plan in every_plan(port)]
    begun = [plan for plan in known if plan.id.startswith(word)]
    if len(begun) > 1:
        shown = ", ".join(f"{plan.id[: len(word) + 4]}… ({plan.name or 'no name'})" for plan in begun[:5])
        raise InvalidArgument(f"work plan {word!r}", f"is one of {len(begun)}: {shown}", hint="say more of the id")
    if not begun:
        near = did_you_mean(word, [plan.name for plan in known if plan.name])
        raise NotFound(f"work plan {word!r}", f"is not there{near}", hint="turboci plans lists them")
    return begun[0]


async def every_plan(port: Orchestrator, *, name: str = "") -> AsyncIterator[WorkPlan]:
    """Yield all plans, of one name if it is given, newest first."""
    token = ""
    while True:
        page = await port.list_work_plans(name=name, page_size=MAX_PAGE_SIZE, page_token=token)
        for plan in page.plans:
            yield plan
        token = page.next_page_token
        if not token:
            return


def find_stage(plan: WorkPlan, nodes: Nodes, word: str) -> Stage:
    """Return the stage of this id, or the only one that answers the check of this id.

    Raises:
        NotFound: There is none.
    """
    answering = []
    for stage in nodes.stages:
        if stage.id == word:
            return stage
        if any(assignment.target_check_id == word for assignment in stage.assignments):
            answering.append(stage)
    if len(answering) == 1:
        return answering[0]
    raise _missing(f"stage {word!r}", plan, (stage.id for stage in nodes.stages), word, "stages")


def find_refs(plan: WorkPlan, nodes: Nodes, word: str) -> list[NodeRef]:
    """Return the check and the stage that are called so; ``check:ID`` and ``stage:ID`` mean one of them.

    Raises:
        NotFound: There is neither.
    """
    refs = [stage.ref for stage in nodes.stages] + [check.ref for check in nodes.checks]
    named = [ref for ref in refs if word in {ref.id, f"{ref.kind.value}:{ref.id}"}]
    if not named:
        raise _missing(f"node {word!r}", plan, (ref.id for ref in refs), word, "nodes")
    return named


def _missing(subject: str, plan: WorkPlan, ids: Iterable[str], word: str, noun: str) -> NotFound:
    known = list(dict.fromkeys(ids))
    hint = f"it has no {noun}" if not known else f"it has {', '.join(map(repr, known[:6]))}"
    if len(known) > 6:
        hint += f" and {len(known) - 6} more"
    return NotFound(subject, f"is not in work plan {called(plan)}{did_you_mean(word, known)}", hint=hint)


def called(plan: WorkPlan) -> str:
    """Return what people call a plan: its name with the beginning of its id."""
    short = plan.id[:SHORTEST]
    return f"{plan.name!r} ({short})" if plan.name else repr(short)


def short_ids(plans: Iterable[WorkPlan]) -> dict[str, str]:
    """Return for each id the shortest beginning, of eight characters at least, that no other of these has."""
    ids = sorted(plan.id for plan in plans)
    shown: dict[str, str] = {}
    for index, id in enumerate(ids):
        beside = [ids[at] for at in (index - 1, index + 1) if 0 <= at < len(ids)]
        length = SHORTEST
        while length < len(id) and any(other.startswith(id[:length]) for other in beside):
            length += 1
        shown[id] = id[:length]
    return shown
