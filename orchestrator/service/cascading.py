"""Tells the dependents of nodes that became FINAL, in steps that one transaction can take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from orchestrator.service.effects import Continue
from orchestrator.service.unit_of_work import LARGEST_WHOLE, STEP, Finished, UnitOfWork
from orchestrator.storage.tables import cascades, checks, edges, stages
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.edges import CHECK, STAGE, Counted, Page
from orchestrator.storage.tables.stages import StageRow
from turboci.states import Outcome

CHILDREN: Final = 3
"""Follows the kinds of nodes in the order in which dependents are told."""
_END: Final = 2**62
_FEW: Final = 8
"""Edges to a node up to which it is cheaper to go through them one by one."""


@dataclass(slots=True)
class Told:
    """Those whose counters changed because a node ended."""

    checks: list[CheckRow] = field(default_factory=list)
    stages: list[StageRow] = field(default_factory=list)


def tell(uow: UnitOfWork, node: Finished) -> Told:
    """Count a finished node at those that wait for it; what is more than one step is left for later."""
    large = uow.is_large(node.plan)
    uow.steps += large
    if large and (node.told or node.told_kind != CHECK):
        return _tell_page(uow, node)
    few = edges.few_waiting(uow.session, node, _FEW)
    if few is not None:
        uow.steps += len(few) if large else 0
        return _tell_few(uow, node, few)
    if large:
        waiting = edges.count_awaiting(uow.session, node, uow.room + 1)
        if waiting > uow.room:
            return _tell_page(uow, node)
        uow.steps += waiting
    told = Told(checks.resolve_edges(uow.session, node), stages.resolve_edges(uow.session, node))
    edges.resolve(uow.session, node)
    return told


def children_to_cancel(uow: UnitOfWork, node: Finished) -> list[StageRow]:
    """Return the open children of a stage that was cancelled; those that are more than one step are left for later.

    When it was the plan that was cancelled, every stage has its own turn, and spared ones have none.
    """
    if node.kind != STAGE or node.outcome is not Outcome.CANCELLED:
        return []
    if not node.spared and uow.plan(node.plan).cancelled_us is not None:
        return []
    after = node.told if node.told_kind == CHILDREN else 0
    limit = uow.room if uow.is_large(node.plan) else LARGEST_WHOLE
    children = stages.open_children(uow.session, node.key, after, limit)
    if uow.is_large(node.plan):
        uow.steps += len(children)
    if len(children) == limit:
        uow.finished.append(node._replace(told_kind=CHILDREN, told=children[-1].key))
    return children


def postpone(uow: UnitOfWork) -> None:
    """Record the nodes whose dependents have not been told, so that the next unit of work, or the next start, does."""
    for node in uow.finished:
        name = (node.plan, node.kind, node.key, node.id)
        ended = (node.old, node.outcome.value, node.spared)
        cascades.insert(uow.session, (*name, *ended, node.told_kind, node.told))
        uow.continued[node.plan] = None
    uow.finished.clear()


def resume(uow: UnitOfWork, plan: int) -> None:
    """Take up what was postponed in a plan."""
    for _, kind, key, node_id, old, outcome, spared, told_kind, told in cascades.take(uow.session, plan, STEP):
        parent = stages.parent_of(uow.session, key) if kind == STAGE else None
        ended = Finished(plan, kind, node_id, key, old, Outcome(outcome), bool(spared), parent, told_kind, told)
        uow.finished.append(ended)
    if cascades.any_of(uow.session, plan):
        uow.continued[plan] = None


def ask_to_continue(uow: UnitOfWork) -> None:
    """Have the rest done after this unit of work."""
    for plan in {**uow.continued, **uow.closing}:
        uow.effects.append(Continue(plan))


def _tell_few(uow: UnitOfWork, node: Finished, few: list[Counted]) -> Told:
    told = Told()
    for counted in few:
        if counted.kind == CHECK:
            told.checks.append(checks.count_edges(uow.session, counted))
        else:
            told.stages.append(stages.count_edges(uow.session, counted))
    if few:
        edges.resolve(uow.session, node)
    return told


def _tell_page(uow: UnitOfWork, node: Finished) -> Told:
    told = Told()
    for kind in (CHECK, STAGE):
        if kind < node.told_kind:
            continue
        after = node.told if kind == node.told_kind else 0
        full = edges.page_after(uow.session, node, kind, after, uow.room)
        page = full or Page(after, _END)
        if kind == CHECK:
            told.checks = checks.resolve_edges(uow.session, node, page)
        else:
            told.stages = stages.resolve_edges(uow.session, node, page)
        uow.steps += edges.resolve_page(uow.session, node, kind, page)
        if full is not None:
            uow.finished.append(node._replace(told_kind=kind, told=full.until))
            break
    return told
