"""CI002: a call that names dependencies, without any."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from ci_lint.facts import Call, Facts, Use
from ci_lint.findings import Fix, Safety
from ci_lint.problems import EMPTY_DEPENDENCIES
from ci_lint.reading.positions import Positions
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule, code
from ci_lint.rules.mending import replace, without_link, without_statement
from ci_lint.table import Kind, Role


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find calls that take any number of dependencies and get none."""
    for call in facts.calls:
        if _takes_nothing_but_dependencies(call) and not call.node.args:
            mend = partial(_mend, facts, call) if call.signature.fluent else None
            yield Finding(call.node, EMPTY_DEPENDENCIES.text(call=call.signature.name), mend=mend)


def _takes_nothing_but_dependencies(call: Call) -> bool:
    parameters = call.signature.parameters
    return len(parameters) == 1 and parameters[0].role is Role.DEPENDENCY and parameters[0].kind is Kind.VAR_POSITIONAL


def _mend(facts: Facts, call: Call, positions: Positions) -> Fix | None:
    if call.use is Use.DROPPED and not call.made_here:
        gone = without_statement(facts.module, call.node, positions)
        if gone is None:
            return None
        return replace(positions, *gone, f"remove the call of {call.signature.name}()", Safety.UNSAFE)
    span = without_link(call.node, positions)
    return None if span is None else replace(positions, span, "", f"remove .{call.signature.name}()", Safety.SAFE)


RULE: Final = Rule(
    problem=EMPTY_DEPENDENCIES,
    default=True,
    what="A call that takes any number of dependencies, such as `after()` or `ci.depends_on()`, without any.",
    why="It waits for nothing and does nothing. Mostly the argument was forgotten, so that the node starts too early.",
    fix="As a link of a chain the call is removed, which is safe: it returns what it was called on. A statement that "
    "is nothing but this call is removed as an unsafe fix, because an argument was probably forgotten.",
    invalid=(
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            test = dag.shell("test", "pytest").after()
            """
            ),
            code(
                """
            import ci

            dag = ci.DAG("release")
            test = dag.shell("test", "pytest")
            """
            ),
        ),
        Example(
            code(
                """
            import ci


            def late(test: ci.StageNode) -> None:
                test.after()
                test.sync()
            """
            ),
            code(
                """
            import ci


            def late(test: ci.StageNode) -> None:
                test.sync()
            """
            ),
        ),
        Example(
            code(
                """
            import ci


            def late(test: ci.CheckNode) -> None:
                test.depends_on()
            """
            ),
            code(
                """
            import ci


            def late(test: ci.CheckNode) -> None:
                pass
            """
            ),
        ),
        Example(
            code(
                """
            from ci import depends_on

            group = depends_on()
            """
            )
        ),
        Example(
            code(
                """
            import ci

            write = (
                ci.new_check("b")
                .depends_on_any()
                .kind("k")
                .build()
            )
            """
            ),
            code(
                """
            import ci

            write = (
                ci.new_check("b")
                .kind("k")
                .build()
            )
            """
            ),
        ),
    ),
    valid=(
        (
            code(
                """
            import ci

            dag = ci.DAG("release")
            lint = dag.shell("lint", "ruff")
            test = dag.shell("test", "pytest").after(lint)
            """
            )
        ),
        code(
            """
            import ci


            def after_all(test: ci.StageNode, *others: ci.StageNode) -> None:
                test.after(*others)
            """
        ),
        code(
            """
            class Timer:
                def after(self) -> None: ...


            Timer().after()
            """
        ),
    ),
    check=check,
)
