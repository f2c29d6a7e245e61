"""What is certain of whole DAGs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ci_lint.facts import Defined, Facts, Graph, GraphEvent
from ci_lint.rules.nodes import CHECK, STAGE


def closed(facts: Facts) -> Iterator[Graph]:
    """Yield the DAGs to which nothing can be added unseen."""
    return (graph for graph in facts.graphs if graph.closed)


def defined_ids(graph: Graph) -> defaultdict[str, set[str]]:
    """Return the ids of checks and of stages."""
    known: defaultdict[str, set[str]] = defaultdict(set)
    for event in graph.events:
        if isinstance(event, Defined) and event.id is not None:
            for kind in (CHECK, STAGE) if event.kind == "step" else (event.kind,):
                known[kind].add(event.id)
    return known


def said_before_execution(facts: Facts, graph: Graph) -> Iterator[GraphEvent]:
    """Yield what was said before the DAG was executed: later its runners may have added nodes."""
    if graph.executed is None:
        yield from graph.events
        return
    places = {id(call.node): place for place, call in enumerate(facts.calls)}
    end = places.get(id(graph.executed), -1)
    for event in graph.events:
        if places.get(id(event.call.node), end) < end:
            yield event


def is_said(facts: Facts, node: object, *names: str) -> bool:
    """Return whether one of these settings is made on a node."""
    return any(
        call.signature.name in names and call.receiver is not None and call.receiver.origin is node
        for call in facts.calls
    )


def grows_elsewhere(facts: Facts) -> bool:
    """Return whether a runner of this file adds nodes to the plan that it works for."""
    return any(
        call.signature.owner == "StageContext" and call.signature.name in {"add_check", "add_stage", "write_nodes"}
        for call in facts.calls
    )
