"""Whether the rules of the model lead to what the server shows."""

from __future__ import annotations

from tests.stress.model import CheckIs, Circumstances, Model, NodeIs, Nodes, StageIs, World
from turboci.dependencies import NodeRef
from turboci.states import CheckState, ConcludedReason, Outcome

LARGEST = 20_000
"""Worlds that are looked at: more than enough for plans of two dozen nodes."""


def leads_to(model: Model, start: World, shown: World, met: Circumstances) -> bool:
    """Return whether, in some order of moves, nothing moves any more and everything stands as shown.

    What is FINAL stays as it is, so only moves to where a node is shown can be part of the way.
    """
    seen: set[tuple[frozenset[tuple[NodeRef, NodeIs]], bool]] = set()
    open_worlds = [start]
    while open_worlds:
        here = open_worlds.pop()
        name = (frozenset(here.nodes.items()), here.cancelled)
        if name in seen or len(seen) > LARGEST:
            continue
        seen.add(name)
        at_rest = not met.overdue or here.cancelled or all(it.outcome is not None for it in here.nodes.values())
        ways = [] if at_rest or not shown.cancelled else [World(here.nodes, cancelled=True)]
        for node, it in model.moves(here, met):
            at_rest = at_rest and node in met.taken and _skips_idle(it)
            if _on_the_way(it, shown.nodes[node]):
                ways.append(model.moved(here, node, it))
        if at_rest and here.cancelled == shown.cancelled and agree(model.started(here), shown.nodes):
            return True
        # Those that cancel nothing first: they can be made in any order.
        open_worlds += sorted(ways, key=lambda way: not way.cancelled)
    return False


def agree(expected: Nodes, shown: Nodes) -> bool:
    """Return whether every node stands where it is shown."""
    return expected.keys() == shown.keys() and all(_same(it, shown[node]) for node, it in expected.items())


def _same(it: NodeIs, shown: NodeIs) -> bool:
    reasons = (it.reason, shown.reason) if isinstance(it, StageIs) and isinstance(shown, StageIs) else ("", "")
    return (it.state, it.outcome) == (shown.state, shown.outcome) and reasons[0] == reasons[1]


def _on_the_way(it: NodeIs, shown: NodeIs) -> bool:
    passes = isinstance(it, CheckIs) and it.state is CheckState.WAITING and shown.state is CheckState.FINAL
    return passes or _same(it, shown)


def _skips_idle(it: NodeIs) -> bool:
    """Return whether this is the end of a stage that nobody has run."""
    return isinstance(it, StageIs) and it.outcome is Outcome.SKIPPED and it.reason is ConcludedReason.NOTHING_TO_ANSWER
