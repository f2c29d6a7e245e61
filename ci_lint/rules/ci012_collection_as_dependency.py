"""CI012: a list or tuple where dependencies stand one by one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from ci_lint.facts import Argument, Facts
from ci_lint.findings import Fix, Safety
from ci_lint.inference.values import Map, Seq, Tuple
from ci_lint.problems import COLLECTION_AS_DEPENDENCY
from ci_lint.reading.positions import Positions
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule, code
from ci_lint.rules.mending import insert, start_of
from ci_lint.rules.wording import code_of
from ci_lint.table import Kind, Role


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find collections among the dependencies, or the assignments, that a call takes one by one."""
    for call in facts.calls:
        for argument in (*call.with_role(Role.DEPENDENCY), *call.with_role(Role.ASSIGNED)):
            if _is_collection(argument):
                code = code_of(argument.node.value)
                message = COLLECTION_AS_DEPENDENCY.text(call=call.signature.name, argument=code)
                yield Finding(argument.node.value, message, mend=partial(_mend, argument))


def _is_collection(argument: Argument) -> bool:
    if argument.parameter.kind is not Kind.VAR_POSITIONAL or argument.node.star:
        return False
    value = argument.value
    return isinstance(value, (Tuple, Map)) or (isinstance(value, Seq) and value.concrete)


def _mend(argument: Argument, positions: Positions) -> Fix | None:
    if isinstance(argument.value, Map):
        return None
    return insert(positions, start_of(argument.node.value, positions), "*", "unpack it", Safety.UNSAFE)


RULE: Final = Rule(
    problem=COLLECTION_AS_DEPENDENCY,
    default=True,
    what="A list, tuple, set or dictionary given to a call that takes nodes one by one, such as `after([a, b])`.",
    why="A list is no node: the call raises `ci.InvalidArgument` as soon as the line runs.",
    fix="Unpacks it with `*`. Unsafe, because the line did not work before and does from then on.",
    invalid=(
        Example(
            code(
                """
            import ci

            group = ci.depends_on(["build", "lint"])
            """
            ),
            code(
                """
            import ci

            group = ci.depends_on(*["build", "lint"])
            """
            ),
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            steps = [dag.shell("a", "a"), dag.shell("b", "b")]
            dag.shell("c", "c").after(steps)
            """
            ),
            code(
                """
            import ci

            dag = ci.DAG("release")
            steps = [dag.shell("a", "a"), dag.shell("b", "b")]
            dag.shell("c", "c").after(*steps)
            """
            ),
        ),
        Example(
            code(
                """
            import ci


            def late(node: ci.StageNode, first: ci.StageNode) -> None:
                node.after((first,))
            """
            ),
            code(
                """
            import ci


            def late(node: ci.StageNode, first: ci.StageNode) -> None:
                node.after(*(first,))
            """
            ),
        ),
        Example(
            code(
                """
            import ci


            def answer(stage: ci.StageNode) -> None:
                stage.assigns(["build"])
            """
            ),
            code(
                """
            import ci


            def answer(stage: ci.StageNode) -> None:
                stage.assigns(*["build"])
            """
            ),
        ),
    ),
    valid=(
        code(
            """
            import ci

            group = ci.depends_on(*["build", "lint"])
            """
        ),
        (
            code(
                """
            import ci


            async def define(wf: ci.WorkflowContext) -> None:
                await wf.define_check("test", depends_on=["build", "lint"])
            """
            )
        ),
        code(
            """
            import ci

            group = ci.depends_on("build")
            """
        ),
        (
            code(
                """
            from collections.abc import Sequence

            import ci


            def late(node: ci.CheckNode, names: Sequence[str]) -> None:
                node.depends_on(*names)
            """
            )
        ),
        (
            code(
                """
            from typing import Any

            import ci


            def late(node: ci.CheckNode, other: Any) -> None:
                node.depends_on(other)
            """
            )
        ),
    ),
    check=check,
)
