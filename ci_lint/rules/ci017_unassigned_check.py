"""CI017: a check that no stage answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Facts
from ci_lint.problems import UNASSIGNED_CHECK
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule, code
from ci_lint.rules.coverage import unanswered
from ci_lint.rules.wording import label_of


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find checks of closed DAGs that no stage is assigned to."""
    for event in unanswered(facts):
        yield Finding(event.call.node, UNASSIGNED_CHECK.text(node=label_of(event)))


RULE: Final = Rule(
    problem=UNASSIGNED_CHECK,
    default=True,
    what="A check of a DAG whose whole life can be seen that no stage is assigned to, and that is not said to be "
    "answered from outside by `.external()` or to have another state by `.state(...)`. Nothing is said where runners "
    "of the same file add nodes. If a stage answers it that a program elsewhere adds, hide the finding.",
    why="Nobody answers it: the plan ends STALLED, and what depends on the check never starts.",
    fix="",
    invalid=(
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            dag.stage("make").runner("builder")
            """
            )
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            test = dag.check("test").depends_on(build)
            dag.stage("make").runner("builder").assigns(build)
            ci.run(dag)
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
            dag.check("build")
            dag.stage("make").runner("builder").assigns("build")
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            dag.check("approval").external()
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            dag.check("plan").state(ci.CheckState.FINAL)
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            dag.check("build")
            dag.stage("make").runner("builder").assigns(ci.assigns("build"))
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            names = ["build"]
            dag.check("build")
            dag.stage("make").runner("builder").assigns(*names)
            """
        ),
        code(
            """
            from helpers import answer
            import ci

            dag = ci.DAG("release")
            answer(dag.check("build"))
            """
        ),
        code(
            """
            import ci


            def add(dag: ci.DAG) -> None:
                dag.check("build")
            """
        ),
    ),
    check=check,
)
