"""Which checks are answered, and which stages answer."""

from __future__ import annotations

from collections.abc import Iterator

from ci_lint.facts import Assigned, Defined, Facts, Graph
from ci_lint.rules.graphs import grows_elsewhere, is_said, watched
from ci_lint.rules.nodes import Key, book_of
from ci_lint.table import Role


def unanswered(facts: Facts) -> Iterator[Defined]:
    """Yield the checks of DAGs that go nowhere unseen that no stage answers."""
    for graph in watched(facts):
        answered = answered_checks(facts, graph)
        if answered is None:
            continue
        for event in graph.events:
            if not isinstance(event, Defined) or event.kind != "check" or not event.id:
                continue
            if is_said(facts, event.site, "external", "state"):
                continue
            if grows_elsewhere(facts):
                return
            if ("id", graph.dag, "check", event.id) not in answered and ("site", event.site, "check") not in answered:
                yield event


def answered_checks(facts: Facts, graph: Graph) -> set[Key] | None:
    """Return the checks that stages of a DAG are assigned to; None if that is not certain."""
    found: set[Key] = set()
    for event in graph.events:
        if isinstance(event, Assigned):
            if event.call.splat:
                return None
            for argument in event.call.with_role(Role.ASSIGNED):
                target = book_of(facts).target(argument, event.call)
                if target is None or target.key is None or target.is_given:
                    return None
                found.add(target.key)
    return found
