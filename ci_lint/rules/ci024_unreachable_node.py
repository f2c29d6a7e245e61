"""CI024: a node that nothing reaches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Defined, Facts, Graph
from ci_lint.problems import UNREACHABLE_NODE
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule, code
from ci_lint.rules.coverage import unanswered
from ci_lint.rules.edges import edges_of
from ci_lint.rules.graphs import closed
from ci_lint.rules.nodes import Key
from ci_lint.rules.wording import label_of


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find checks that no stage answers, and that nothing which is answered depends on."""
    lost = list(unanswered(facts))
    for graph in closed(facts):
        mine = [event for event in lost if event.dag is graph.dag]
        needed = _needed(facts, graph, {key for event in mine for key in _keys(event)})
        for event in mine:
            if not needed.intersection(_keys(event)):
                yield Finding(event.call.node, UNREACHABLE_NODE.text(node=label_of(event)))


def _keys(event: Defined) -> tuple[Key, Key]:
    return ("id", event.dag, "check", event.id), ("site", event.site, "check")


def _needed(facts: Facts, graph: Graph, lost: set[Key]) -> set[Key]:
    """Return what stages, and checks that are answered, wait for, however far away."""
    needed: set[Key] = set()
    known = edges_of(facts).dependencies
    edges = [edge for edge in known if edge.node.dag is graph.dag or edge.node.dag is None]  # a node that is given
    growing = True
    while growing:
        found = {edge.target.key or () for edge in edges if edge.node.key not in lost or edge.node.key in needed}
        growing = not found <= needed
        needed |= found
    return needed


RULE: Final = Rule(
    problem=UNREACHABLE_NODE,
    default=False,
    what="A check of a DAG whose whole life can be seen that no stage answers, and that neither a stage nor a check "
    "which is answered waits for, however indirectly.",
    why="It is there for nobody. `unassigned-check` says that nobody answers it; this says that nobody would notice.",
    fix="",
    invalid=(
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            dag.stage("make").runner("builder").assigns(build)
            dag.check("docs")
            """
            )
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            dag.stage("make").runner("builder")
            dag.check("docs").depends_on(build)
            """
            ),
            count=2,
        ),
    ),
    valid=(
        code(
            """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            dag.stage("make").runner("builder").assigns(build)
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            dag.stage("make").runner("builder").after_checks(build)
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            test = dag.check("test").depends_on(build)
            dag.stage("t").runner("tester").assigns(test)
            """
        ),
        code(
            """
            import ci


            def add(dag: ci.DAG) -> None:
                dag.check('build')
            """
        ),
    ),
    check=check,
)
