"""CI018: a stage that answers no check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Defined, Facts
from ci_lint.problems import EMPTY_STAGE
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule, code
from ci_lint.rules.graphs import is_said, watched
from ci_lint.rules.wording import label_of


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find stages of DAGs that go nowhere unseen that are assigned to no check."""
    for graph in watched(facts):
        for event in graph.events:
            if isinstance(event, Defined) and event.kind == "stage" and not is_said(facts, event.site, "assigns"):
                yield Finding(event.call.node, EMPTY_STAGE.text(node=label_of(event)))


RULE: Final = Rule(
    problem=EMPTY_STAGE,
    default=False,
    what="A stage of a DAG whose whole life can be seen that is assigned to no check.",
    why="It runs, and what it finds out answers nothing: nobody can depend on its result. Some stages are meant so, "
    "such as those that clean up, therefore the rule is off by default.",
    fix="",
    invalid=(
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            dag.stage("make").runner("builder")
            """
            )
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
            dag.shell("make", "make")
            """
        ),
        code(
            """
            import helpers
            import ci

            dag = ci.DAG("release")
            helpers.equip(dag.stage("make"))
            """
        ),
        code(
            """
            import ci


            def make(dag: ci.DAG) -> None:
                dag.stage('make').runner('builder')
            """
        ),
    ),
    check=check,
)
