"""CI013: None as dependency."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from ci_lint.facts import Argument, Call, Facts
from ci_lint.findings import Fix, Safety
from ci_lint.inference.values import NoneValue
from ci_lint.problems import NONE_DEPENDENCY
from ci_lint.reading.positions import Positions
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule
from ci_lint.rules.mending import replace, without_argument
from ci_lint.table import Kind, Role


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find dependencies and assignments that certainly are None."""
    for call in facts.calls:
        for argument in (*call.with_role(Role.DEPENDENCY), *call.with_role(Role.ASSIGNED)):
            one_by_one = argument.parameter.kind is Kind.VAR_POSITIONAL and not argument.node.star
            is_none = isinstance(argument.value, NoneValue) and one_by_one
            if is_none:
                message = NONE_DEPENDENCY.text(call=call.signature.name)
                yield Finding(argument.node.value, message, mend=partial(_mend, call, argument))


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
            'import ci\n\ngroup = ci.depends_on("build", None)\n',
            'import ci\n\ngroup = ci.depends_on("build")\n',
        ),
        Example(
            'import ci\n\n\ndef build(dag: ci.DAG) -> None:\n    dag.shell("build", "make")\n\n\n'
            "def test(dag: ci.DAG, lint: ci.StageNode) -> None:\n"
            '    dag.shell("test", "pytest").after(build(dag), lint)\n',
            'import ci\n\n\ndef build(dag: ci.DAG) -> None:\n    dag.shell("build", "make")\n\n\n'
            'def test(dag: ci.DAG, lint: ci.StageNode) -> None:\n    dag.shell("test", "pytest").after(lint)\n',
        ),
        Example(
            'import ci\n\nFIRST = None\nwrite = ci.new_check("test").depends_on("build", FIRST, "lint").build()\n',
            'import ci\n\nFIRST = None\nwrite = ci.new_check("test").depends_on("build", "lint").build()\n',
        ),
    ),
    valid=(
        'import ci\n\ngroup = ci.depends_on("build")\n',
        (
            "import ci\n\n\ndef late(node: ci.CheckNode, other: ci.CheckNode | None) -> None:\n"
            "    node.depends_on(other)\n"
        ),
        (
            "import ci\n\n\ndef late(dag: ci.DAG, names: list[str]) -> None:\n    last = None\n    for name in names:\n"
            "        node = dag.check(name)\n        if last is not None:\n            node.depends_on(last)\n"
            "        last = node\n"
        ),
        (
            "import ci\n\n\ndef first(): ...\n\n\nclass Sub:\n    first = None\n\n\n"
            "def late(node: ci.CheckNode, sub: Sub) -> None:\n    node.depends_on(sub.first)\n"
        ),
    ),
    check=check,
)
