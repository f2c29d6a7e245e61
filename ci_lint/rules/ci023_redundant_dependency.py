"""CI023: a dependency that others imply."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from ci_lint.facts import Facts
from ci_lint.findings import Fix, Safety
from ci_lint.problems import REDUNDANT_DEPENDENCY
from ci_lint.reading.positions import Positions
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Note, Rule, code
from ci_lint.rules.edges import Edge, Edges, edges_of, together
from ci_lint.rules.mending import replace, without_argument
from ci_lint.rules.nodes import Key
from ci_lint.table import Kind


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find dependencies on what another dependency of the node already waits for."""
    edges = edges_of(facts)
    for edge in edges.dependencies:
        if not edge.is_plain or edge.node.key is None:
            continue
        way = _other_way(edges, edge)
        if way:
            message = REDUNDANT_DEPENDENCY.text(
                node=edge.node.label, target=edge.target.label, through=way[0].target.label
            )
            notes = [Note(each.argument.node.value, f"{each.node.label} waits for {each.target.label}") for each in way]
            mend = partial(_mend, edge) if edge.argument.parameter.kind is Kind.VAR_POSITIONAL else None
            yield Finding(edge.argument.node.value, message, tuple(notes), mend=mend)


def _other_way(edges: Edges, edge: Edge) -> tuple[Edge, ...]:
    """Return the edges of a longer way from the node to the target; empty if there is none."""
    ways: list[tuple[Edge, ...]] = [(each,) for each in edges.plain_of(edge.node) if each is not edge]
    ways = [way for way in ways if not edges.is_one(way[0].target, edge.target)]
    seen: set[Key] = {edge.node.key or ()}
    for way in ways:
        node = way[-1].target
        if node.key is None or node.key in seen:
            continue
        seen.add(node.key)
        for each in edges.plain_of(node):
            longer = (*way, each)
            if not edges.is_one(each.target, edge.target):
                ways.append(longer)
            elif together([edge.call.context, *(one.call.context for one in longer)]):
                return longer
    return ()


def _mend(edge: Edge, positions: Positions) -> Fix | None:
    span = without_argument(edge.call.node, edge.argument.node, positions)
    return replace(positions, span, "", "remove it", Safety.UNSAFE)


RULE: Final = Rule(
    problem=REDUNDANT_DEPENDENCY,
    default=False,
    what="A dependency on the success of a node that another dependency needs to succeed anyway.",
    why="It changes nothing and makes the graph harder to read. Some write it on purpose, therefore the rule is off by "
    "default.",
    fix="Removes it. Unsafe, because it says what somebody wanted to be sure of.",
    invalid=(
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            lint = dag.shell("lint", "ruff")
            test = dag.shell("test", "pytest").after(lint)
            dag.shell("docs", "mkdocs").after(test, lint)
            """
            ),
            code(
                """
            import ci

            dag = ci.DAG("release")
            lint = dag.shell("lint", "ruff")
            test = dag.shell("test", "pytest").after(lint)
            dag.shell("docs", "mkdocs").after(test)
            """
            ),
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            lint = dag.shell("lint", "ruff")
            test = dag.shell("test", "pytest").after(lint)
            docs = dag.shell("docs", "mkdocs").after(test)
            dag.shell("ship", "ship").after(lint, docs)
            """
            ),
            code(
                """
            import ci

            dag = ci.DAG("release")
            lint = dag.shell("lint", "ruff")
            test = dag.shell("test", "pytest").after(lint)
            docs = dag.shell("docs", "mkdocs").after(test)
            dag.shell("ship", "ship").after(docs)
            """
            ),
        ),
    ),
    valid=(
        code(
            """
            import ci

            dag = ci.DAG("release")
            lint = dag.shell("lint", "ruff")
            test = dag.shell("test", "pytest").after(lint)
            dag.shell("docs", "mkdocs").after(test)
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            lint = dag.shell("lint", "ruff")
            test = dag.shell("test", "pytest").after(lint)
            dag.shell("docs", "mkdocs").after(test.finished, lint)
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            lint = dag.shell("lint", "ruff")
            test = dag.shell("test", "pytest").after(lint)
            dag.shell("docs", "mkdocs").after_any(test, lint)
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            lint = dag.shell("lint", "ruff")
            test = dag.shell("test", "pytest").after(lint)
            docs = dag.shell("docs", "mkdocs").after_any(test, "x")
            dag.shell("ship", "s").after(lint, docs)
            """
        ),
        (
            code(
                """
            import ci


            def late(dag: ci.DAG, strict: bool) -> None:
                lint = dag.shell('lint', 'ruff')
                test = dag.shell('test', 'pytest')
                docs = dag.shell('docs', 'mkdocs').after(lint)
                if strict:
                    test.after(lint)
                else:
                    docs.after(test)
            """
            )
        ),
    ),
    check=check,
)
