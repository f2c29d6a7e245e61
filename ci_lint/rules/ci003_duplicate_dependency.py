"""CI003: the same dependency twice."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

import libcst as cst

from ci_lint.facts import Argument, Call, Facts
from ci_lint.findings import Fix, Safety
from ci_lint.problems import DUPLICATE_DEPENDENCY
from ci_lint.reading.positions import Positions
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Note, Rule, code
from ci_lint.rules.mending import replace, without_argument
from ci_lint.rules.nodes import Key, Named, book_of
from ci_lint.rules.wording import object_of, subject
from ci_lint.table import Kind, Role


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find calls that name one dependency more than once."""
    for call in facts.calls:
        arguments = [each for each in call.with_role(Role.DEPENDENCY) if each.parameter.kind is Kind.VAR_POSITIONAL]
        if len(arguments) > 1:
            yield from _repeated(facts, call, arguments)
        for argument in call.with_role(Role.DEPENDENCY):
            if isinstance(argument.node.value, cst.List | cst.Tuple):
                yield from _repeated_in(call, argument, argument.node.value)


def _repeated(facts: Facts, call: Call, arguments: list[Argument]) -> Iterator[Finding]:
    first: dict[tuple[Key, str], Argument] = {}
    for argument in arguments:
        node = book_of(facts).target(argument, call)
        key = node.key if node is not None else None
        if node is None or key is None:
            continue
        if (key, node.when) not in first:
            first[key, node.when] = argument
        else:
            yield _finding(call, first[key, node.when], argument, node)


def _repeated_in(call: Call, argument: Argument, listed: cst.List | cst.Tuple) -> Iterator[Finding]:
    """Find literals that a list of dependencies names more than once."""
    first: dict[str, cst.BaseExpression] = {}
    for element in listed.elements:
        text = element.value.evaluated_value if isinstance(element.value, cst.SimpleString) else None
        if not isinstance(text, str):
            continue
        if text in first:
            target = f"{argument.parameter.names} {text!r}"
            message = DUPLICATE_DEPENDENCY.text(node=subject(call), target=target)
            yield Finding(element.value, message, (Note(first[text], "first named here"),))
        else:
            first[text] = element.value


def _finding(call: Call, first: Argument, again: Argument, node: Named) -> Finding:
    message = DUPLICATE_DEPENDENCY.text(node=subject(call), target=object_of(again, node))
    plain = all(isinstance(each.node.value, (cst.Name, cst.BaseString)) for each in (first, again))
    mend = partial(_mend, call, again) if plain else None
    return Finding(again.node.value, message, (Note(first.node.value, "first named here"),), mend=mend)


def _mend(call: Call, argument: Argument, positions: Positions) -> Fix | None:
    span = without_argument(call.node, argument.node, positions)
    return replace(positions, span, "", "remove what is named twice", Safety.SAFE)


RULE: Final = Rule(
    problem=DUPLICATE_DEPENDENCY,
    default=True,
    what="One call that names the same dependency twice: by the same id, by the same node, or by a node and its id.",
    why="Naming it twice does nothing. Mostly another node was meant, and the wait for that one is missing.",
    fix="Removes the second one. Safe; offered for names and literals only, and not if a comment would be lost.",
    invalid=(
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            lint = dag.check("lint")
            dag.check("test").depends_on(build, lint, build)
            """
            ),
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            lint = dag.check("lint")
            dag.check("test").depends_on(build, lint)
            """
            ),
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            lint = dag.check("lint")
            dag.check("test").depends_on(build, "build", lint)
            """
            ),
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            lint = dag.check("lint")
            dag.check("test").depends_on(build, lint)
            """
            ),
        ),
        Example(
            code(
                """
            import ci

            group = ci.depends_on("build", "lint", "build")
            """
            ),
            code(
                """
            import ci

            group = ci.depends_on("build", "lint")
            """
            ),
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            lint = dag.check("lint")
            again = build
            group = ci.depends_on(build, again)
            """
            ),
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            lint = dag.check("lint")
            again = build
            group = ci.depends_on(build)
            """
            ),
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            lint = dag.check("lint")
            dag.check("test").depends_on(build.finished, lint, build.finished)
            """
            )
        ),
        Example(
            code(
                """
            import ci

            group = ci.depends_on(ci.stage("build"), ci.stage("build"))
            """
            )
        ),
        Example(
            code(
                """
            import ci

            write = ci.new_check("test").depends_on(
                "build",
                "build",  # why
            ).build()
            """
            ),
            code(
                """
            import ci

            write = ci.new_check("test").depends_on(
                "build",  # why
            ).build()
            """
            ),
        ),
        Example(
            code(
                """
            import ci

            write = ci.new_check("test").depends_on(
                "build",  # why
                "build",
            ).build()
            """
            ),
        ),
        Example(
            code(
                """
            import ci


            async def define(wf: ci.WorkflowContext) -> None:
                await wf.define_check("test", depends_on=["build", "lint", "build"])
            """
            )
        ),
        Example(
            code(
                """
            import ci


            def join(end: ci.StageNode, part: ci.StageNode) -> None:
                end.after(part, part)
            """
            ),
            code(
                """
            import ci


            def join(end: ci.StageNode, part: ci.StageNode) -> None:
                end.after(part)
            """
            ),
        ),
    ),
    valid=(
        code(
            """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            lint = dag.check("lint")
            dag.check("test").depends_on(build, lint)
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            lint = dag.check("lint")
            dag.check("test").depends_on(build.finished, build.failed)
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            lint = dag.check("lint")
            group = ci.depends_on("build", build)
            """
        ),
        code(
            """
            import ci

            group = ci.depends_on("build", ci.stage("build"))
            """
        ),
        code(
            """
            import ci


            def pick() -> ci.CheckNode: ...


            group = ci.depends_on(pick(), pick())
            """
        ),
        (
            code(
                """
            import ci


            def both(a: ci.CheckNode, b: ci.CheckNode) -> ci.DependencyGroup:
                return ci.depends_on(a, b)
            """
            )
        ),
        (
            code(
                """
            import ci


            def chain(dag: ci.DAG, names: list[str]) -> None:
                last = dag.check("start")
                for name in names:
                    node = dag.check(name).depends_on(last)
                    ci.depends_on(node, last)
                    last = node
            """
            )
        ),
    ),
    check=check,
)
