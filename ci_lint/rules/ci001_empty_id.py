"""CI001: an id that is empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Facts
from ci_lint.problems import EMPTY_ID
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule, code
from ci_lint.rules.wording import kind_of


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find arguments that name a node and are certainly the empty string."""
    for call in facts.calls:
        for argument in call.arguments:
            names_a_node = argument.parameter.role is not None and argument.parameter.names
            if names_a_node and argument.text == "":
                yield Finding(argument.node.value, EMPTY_ID.text(kind=kind_of(argument)))


RULE: Final = Rule(
    problem=EMPTY_ID,
    default=True,
    what="An id that is certainly the empty string, wherever a check, a stage or a runner type is named.",
    why="Every id names one thing of a plan. An empty one raises `ci.EmptyIdError` as soon as the line runs.",
    fix="",
    invalid=(
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("")
            """
            )
        ),
        Example(
            code(
                """
            import ci

            NAME = ""
            write = ci.new_check(id=NAME + "").build()
            """
            )
        ),
        Example(
            code(
                """
            from ci import depends_on

            group = depends_on("build", "")
            """
            )
        ),
        Example(
            code(
                """
            import ci


            def stage(dag: ci.DAG) -> None:
                dag.stage(f"").runner("", )
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
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("")
            """
        ),
        code(
            """
            import ci


            def add(dag: ci.DAG, name: str = "") -> None:
                dag.check(name)
            """
        ),
        code(
            """
            import ci


            class Box:
                def check(self, id: str) -> None: ...


            Box().check("")
            """
        ),
    ),
    check=check,
)
