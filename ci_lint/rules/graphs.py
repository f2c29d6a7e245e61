"""What is certain of whole DAGs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import libcst as cst

from ci_lint.facts import Call, Defined, Facts, Graph, GraphEvent
from ci_lint.inference.site import Site
from ci_lint.inference.values import Inst
from ci_lint.reading.tree import nodes
from ci_lint.rules.ancestry import is_expected_to_fail
from ci_lint.rules.nodes import CHECK, STAGE

_EXECUTING: Final = frozenset({"execute", "validate", "run", "commit"})
_ELSEWHERE: Final = re.compile(r"\b(?:work_plan_id|write_nodes)\b|\.\s*dag\b")


def closed(facts: Facts) -> Iterator[Graph]:
    """Yield the DAGs to which nothing can be added unseen, and that are not meant to be wrong."""
    return (graph for graph in watched(facts) if graph.closed)


def watched(facts: Facts) -> Iterator[Graph]:
    """Yield the DAGs that go nowhere, and that are not meant to be wrong; some ids may be unknown."""
    for graph in facts.graphs:
        handed_out = graph.context.function is None and _has_list_of_names(facts.module)
        if graph.watched and not handed_out and not is_put_to_the_test(facts, graph.dag):
            yield graph


def _has_list_of_names(module: cst.Module) -> bool:
    """Return whether a module says by ``__all__`` what it is there for: others to use it."""
    lines = [line for line in module.body if isinstance(line, cst.SimpleStatementLine)]
    assigned = [each for line in lines for each in line.body if isinstance(each, cst.Assign | cst.AnnAssign)]
    targets = [
        target.target if isinstance(target, cst.AssignTarget) else target
        for each in assigned
        for target in (each.targets if isinstance(each, cst.Assign) else [each.target])
    ]
    return any(isinstance(target, cst.Name) and target.value == "__all__" for target in targets)


def is_put_to_the_test(facts: Facts, dag: Site | None) -> bool:
    """Return whether a DAG is executed or validated where that is expected to fail."""
    return any(_is_about(call, dag) for call in _failing_executions(facts)) if dag is not None else False


@lru_cache(maxsize=1)
def _failing_executions(facts: Facts) -> tuple[Call, ...]:
    executing = [call for call in facts.calls if call.signature.name in _EXECUTING]
    return tuple([call for call in executing if is_expected_to_fail(facts, call.node)])


def _is_about(call: Call, dag: Site | None) -> bool:
    values = [call.receiver, *(argument.value for argument in call.arguments)]
    return any(isinstance(value, Inst) and value.origin is dag for value in values)


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


def is_said(facts: Facts, node: Site, *names: str) -> bool:
    """Return whether one of these settings is made on a node."""
    return not _settings(facts)[node].isdisjoint(names)


@lru_cache(maxsize=1)
def _settings(facts: Facts) -> defaultdict[Site, set[str]]:
    """Return the names of the methods that are called on every object; they are collected once."""
    found: defaultdict[Site, set[str]] = defaultdict(set)
    for call in facts.calls:
        if call.receiver is not None and call.receiver.origin is not None:
            found[call.receiver.origin].add(call.signature.name)
    return found


@lru_cache(maxsize=1)
def grows_elsewhere(facts: Facts) -> bool:
    """Return whether code of this file may write to plans in another way.

    Runners add nodes; others know the id of the plan, or come to the DAG by ``execution.dag``.
    """
    if any(call.signature.owner == "StageContext" and call.signature.defines for call in facts.calls):
        return True
    if _ELSEWHERE.search(facts.text) is None:
        return False
    read = (each.attr.value for each in nodes(facts.module) if type(each) is cst.Attribute)
    return any(name in {"work_plan_id", "write_nodes", "dag"} for name in read)
