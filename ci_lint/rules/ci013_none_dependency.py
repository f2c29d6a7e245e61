"""CI013: None as dependency."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

import libcst as cst

from ci_lint.facts import Argument, Call, Facts
from ci_lint.findings import Fix, Safety
from ci_lint.inference.values import NoneValue
from ci_lint.problems import NONE_DEPENDENCY
from ci_lint.reading.positions import Positions
from ci_lint.rules.ancestry import ancestors, unless_expected
from ci_lint.rules.base import Example, Finding, Rule, code
from ci_lint.rules.mending import replace, without_argument
from ci_lint.table import Kind, Role


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find dependencies and assignments that certainly are None."""
    for call in facts.calls:
        for argument in (*call.with_role(Role.DEPENDENCY), *call.with_role(Role.ASSIGNED)):
            one_by_one = argument.parameter.kind is Kind.VAR_POSITIONAL and not argument.node.star
            is_none = isinstance(argument.value, NoneValue) and one_by_one
            if is_none and not _may_be_set(facts, argument):
                message = NONE_DEPENDENCY.text(call=call.signature.name)
                yield Finding(argument.node.value, message, mend=partial(_mend, call, argument))


def _may_be_set(facts: Facts, argument: Argument) -> bool:
    """Return whether a subclass may give something else, or the code asks whether it is there."""
    node = argument.node.value
    if isinstance(node, cst.Call):
        return isinstance(node.func, cst.Attribute)
    tests = [each.test for each in ancestors(facts.module, node) if isinstance(each, cst.If | cst.IfExp | cst.While)]
    return isinstance(node, cst.Name) and any(_names(test, node.value) for test in tests)


def _names(test: cst.BaseExpression, name: str) -> bool:
    todo: list[cst.CSTNode] = [test]
    while todo:
        node = todo.pop()
        if isinstance(node, cst.Name) and node.value == name:
            return True
        todo.extend(node.children)
    return False


def _mend(call: Call, argument: Argument, positions: Positions) -> Fix | None:
    span = without_argument(call.node, argument.node, positions)
    return replace(positions, span, "", "remove it", Safety.UNSAFE)


RULE: Final = Rule(
    problem=NONE_DEPENDENCY,
    default=True,
    what="A dependency, or a check to answer, that certainly is None: the literal, a name bound to it, or a call of a "
    "function that returns nothing.",
    why="None is no node: the call raises `ci.InvalidArgument` as soon as the line runs. Mostly a function forgot its "
    "`return`.",
    fix="Removes the argument. Unsafe: what was to be waited for is still missing.",
    invalid=(
        Example(
            code(
                """
            import ci

            group = ci.depends_on("build", None)
            """
            ),
            code(
                """
            import ci

            group = ci.depends_on("build")
            """
            ),
        ),
        Example(
            code(
                """
            import ci


            def build(dag: ci.DAG) -> None:
                dag.shell("build", "make")


            def test(dag: ci.DAG, lint: ci.StageNode) -> None:
                dag.shell("test", "pytest").after(build(dag), lint)
            """
            ),
            code(
                """
            import ci


            def build(dag: ci.DAG) -> None:
                dag.shell("build", "make")


            def test(dag: ci.DAG, lint: ci.StageNode) -> None:
                dag.shell("test", "pytest").after(lint)
            """
            ),
        ),
        Example(
            code(
                """
            import ci

            FIRST = None
            write = ci.new_check("test").depends_on("build", FIRST, "lint").build()
            """
            ),
            code(
                """
            import ci

            FIRST = None
            write = ci.new_check("test").depends_on("build", "lint").build()
            """
            ),
        ),
    ),
    valid=(
        code(
            """
            import ci

            group = ci.depends_on("build")
            """
        ),
        (
            code(
                """
            import ci


            def late(node: ci.CheckNode, other: ci.CheckNode | None) -> None:
                node.depends_on(other)
            """
            )
        ),
        (
            code(
                """
            import ci


            def late(dag: ci.DAG, names: list[str]) -> None:
                last = None
                for name in names:
                    node = dag.check(name)
                    if last is not None:
                        node.depends_on(last)
                    last = node
            """
            )
        ),
        (
            code(
                """
            import ci


            def first(): ...


            class Sub:
                first = None


            def late(node: ci.CheckNode, sub: Sub) -> None:
                node.depends_on(sub.first)
            """
            )
        ),
    ),
    check=check,
)
