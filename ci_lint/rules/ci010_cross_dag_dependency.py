"""CI010: a node of one DAG as dependency in another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import libcst as cst

from ci_lint.facts import Facts
from ci_lint.inference.site import Site
from ci_lint.problems import CROSS_DAG_DEPENDENCY
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Note, Rule, code
from ci_lint.rules.edges import Edge, edges_of
from ci_lint.rules.graphs import is_put_to_the_test
from ci_lint.rules.wording import dag_label


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find dependencies and assignments whose target was made by another DAG."""
    edges = edges_of(facts)
    for verb, group in (("depends on", edges.dependencies), ("is assigned to", edges.answers)):
        for edge in group:
            yield from _crossing(facts, edge, verb)


def _crossing(facts: Facts, edge: Edge, verb: str) -> Iterator[Finding]:
    home, other = edge.node.dag, edge.target.dag
    if edge.target.site is None or home is None or other is None or home is other:
        return
    if is_put_to_the_test(facts, home):
        return
    if _is_made_here(home) and _is_made_here(other):
        message = CROSS_DAG_DEPENDENCY.text(
            node=edge.node.label, verb=verb, target=edge.target.label, other=dag_label(facts, other)
        )
        notes = (Note(home.node, "the DAG of the node that waits"), Note(other.node, "the DAG of its target"))
        yield Finding(edge.argument.node.value, message, notes)


def _is_made_here(dag: Site) -> bool:
    """Return whether it is the call that makes the DAG; two parameters may be one DAG, two such calls never are."""
    return dag.method == "DAG" and isinstance(dag.node, cst.Call)


RULE: Final = Rule(
    problem=CROSS_DAG_DEPENDENCY,
    default=True,
    what="A node of one DAG that is given to a node of another one, as a dependency or to be answered.",
    why="Each DAG becomes a plan of its own, and a plan knows its own nodes only. `dag.validate()` and "
    "`dag.execute()` raise `ci.DAGValidationError`.",
    fix="",
    invalid=(
        Example(
            code(
                """
            import ci

            first = ci.DAG("first")
            second = ci.DAG("second")
            build = first.check("build")
            test = second.check("test").depends_on(build)
            """
            )
        ),
        Example(
            code(
                """
            import ci

            first = ci.DAG("first")
            second = ci.DAG("second")
            build = first.check("build")
            second.stage("make").runner("builder").assigns(build)
            """
            )
        ),
        Example(
            code(
                """
            import ci

            first = ci.DAG("first")
            second = ci.DAG("second")
            build = first.check("build")
            second.shell("test", "pytest").after(build.finished)
            """
            )
        ),
    ),
    valid=(
        code(
            """
            import ci

            first = ci.DAG("first")
            second = ci.DAG("second")
            build = first.check("build")
            test = first.check("test").depends_on(build)
            """
        ),
        code(
            """
            import ci

            first = ci.DAG("first")
            second = ci.DAG("second")
            build = first.check("build")
            second.check("build")
            test = second.check("test").depends_on("build")
            """
        ),
        (
            code(
                """
            import ci


            def both(first: ci.DAG, second: ci.DAG) -> None:
                second.check("test").depends_on(first.check("build"))
            """
            )
        ),
        code(
            """
            import ci

            first = ci.DAG("first")
            again = first
            again.check("b").depends_on(first.check("a"))
            """
        ),
    ),
    check=check,
)
