"""Tells the dependents of nodes that became FINAL, in steps that one transaction can take.

Nodes that became FINAL together are told together: who waits for several of them is counted once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from orchestrator.service.effects import Continue
from orchestrator.service.unit_of_work import LARGEST_WHOLE, STEP, Finished, UnitOfWork
from orchestrator.storage.tables import cascades, checks, edges, stages
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.edges import CHECK, STAGE, Waiting
from orchestrator.storage.tables.stages import StageRow
from turboci.states import Outcome

CHILDREN: Final = 3
"""Follows the kinds of nodes in the order in which dependents are told."""
_EDGES: Final = 10
"""Edges that are counted in the time in which one node that waits is written."""
_CONDITIONS: Final = 3
"""Edges that a node may have to one target, each with another condition: they are told together."""


@dataclass(slots=True)
class Told:
    """Nodes that became FINAL, and those whose dependencies are decided by that."""

    nodes: Sequence[Finished]
    checks: list[CheckRow] = field(default_factory=list)
    stages: list[StageRow] = field(default_factory=list)


def tell(uow: UnitOfWork) -> Told:
    """Count nodes that became FINAL at those that wait for them; what is more than one step is left for later."""
    wave = _next_wave(uow)
    first = wave[0]
    if _is_begun(first):
        return _tell_page(uow, first)
    large = uow.is_large(first.plan)
    limit = uow.room + 1 if large else edges.ALL
    found = edges.waiting(uow.session, first.plan, first.kind, [node.id for node in wave], limit)
    if large:
        fitting = _count_fitting(uow, wave, found)
        uow.finished.extendleft(reversed(wave[max(fitting, 1) :]))
        if not fitting:
            return _tell_page(uow, first)
        wave = wave[:fitting]
    awaited = {node.id: node for node in wave}
    found = [edge for edge in found if edge[0] in awaited] if large else found
    if found:
        edges.resolve(uow.session, [awaited[target_id] for target_id in dict.fromkeys(edge[0] for edge in found)])
    return _count(uow, wave, found)


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


def _is_begun(node: Finished) -> bool:
    """Return whether some of its dependents were told in an earlier step."""
    return node.told > 0 or node.told_kind != CHECK


def _next_wave(uow: UnitOfWork) -> list[Finished]:
    """Take the node whose turn it is, and with it those of its kind and plan; one that is begun goes alone."""
    first = uow.finished.popleft()
    if _is_begun(first):
        return [first]
    most = uow.room if uow.is_large(first.plan) else LARGEST_WHOLE
    wave, others = [first], list[Finished]()
    for node in uow.finished:
        alike = node.plan == first.plan and node.kind == first.kind and not _is_begun(node)
        (wave if alike and len(wave) < most else others).append(node)
    uow.finished.clear()
    uow.finished.extend(others)
    return wave


def _count_fitting(uow: UnitOfWork, wave: Sequence[Finished], found: Iterable[Waiting]) -> int:
    """Return how many nodes of a wave one step can take, with those that wait for them.

    Who waits for several of them is written once, so only the first edge to it counts in full.
    """
    waiting = defaultdict[str, list[tuple[int, int]]](list)
    for target_id, kind, source, _ in found:
        waiting[target_id].append((kind, source))
    sources = set[tuple[int, int]]()
    edge_count, steps = 0, 0
    for fitting, node in enumerate(wave):
        sources.update(waiting[node.id])
        edge_count += len(waiting[node.id])
        needed = fitting + 1 + len(sources) + edge_count // _EDGES
        if needed > uow.room:
            uow.steps += steps
            return fitting
        steps = needed
    uow.steps += steps
    return len(wave)


def _tell_page(uow: UnitOfWork, node: Finished) -> Told:
    """Go on, or begin, to tell of a node that many wait for."""
    after = (node.told_kind, node.told)
    limit = uow.room + _CONDITIONS
    found = edges.waiting_after(uow.session, node, after, limit)
    uow.steps += 1 + len(found)
    if len(found) == limit:
        last = found[-1][1:3]
        found = [edge for edge in found if edge[1:3] != last]
        kind, key = found[-1][1:3]
        uow.finished.append(node._replace(told_kind=kind, told=key))
        edges.resolve_between(uow.session, node, after, (kind, key))
    elif found:
        edges.resolve_between(uow.session, node, after)
    return _count(uow, [node], found)


def _count(uow: UnitOfWork, nodes: Sequence[Finished], found: Iterable[Waiting]) -> Told:
    told = Told(nodes)
    at_checks, at_stages = edges.count_at_sources(nodes, found)
    if at_checks:
        told.checks = checks.count_edges(uow.session, at_checks)
    if at_stages:
        told.stages = stages.count_edges(uow.session, at_stages)
    return told
