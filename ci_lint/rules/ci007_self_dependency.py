"""CI007: a node that depends on itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from ci_lint.facts import Argument, Call, Facts
from ci_lint.findings import Fix, Safety
from ci_lint.problems import SELF_DEPENDENCY
from ci_lint.reading.positions import Positions
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule, code
from ci_lint.rules.edges import Edge, edges_of
from ci_lint.rules.graphs import is_put_to_the_test
from ci_lint.rules.mending import replace, without_argument
from ci_lint.table import Kind


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find dependencies that point at the node which has them."""
    for edge in edges_of(facts).dependencies:
        if _is_loop(edge) and not is_put_to_the_test(facts, edge.node.dag):
            mend = partial(_mend, edge.call, edge.argument)
            yield Finding(edge.argument.node.value, SELF_DEPENDENCY.text(node=edge.node.label), mend=mend)


def _is_loop(edge: Edge) -> bool:
    node, target = edge.node, edge.target
    if node.site is not None and target.site is not None:
        return node.site is target.site
    if node.key is not None and node.key == target.key:
        return True
    named = node.site is not None and node.id is not None and node.id == target.id and node.kind == target.kind
    return named and node.dag is None and edge.call.receiver is not None


def _mend(call: Call, argument: Argument, positions: Positions) -> Fix | None:
    if argument.parameter.kind is not Kind.VAR_POSITIONAL:
        return None
    span = without_argument(call.node, argument.node, positions)
    return replace(positions, span, "", "remove it", Safety.UNSAFE)


RULE: Final = Rule(
    problem=SELF_DEPENDENCY,
    default=True,
    what="A node that is given itself as a dependency, as an object or by its id.",
    why="It would wait for itself for ever: `dag.validate()` and `dag.execute()` raise `ci.DAGValidationError`, and so "
    "does an orchestrator. Mostly another node was meant.",
    fix="Removes the argument. Unsafe, because another node was probably meant.",
    invalid=(
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            lint = dag.check("lint")
            build = dag.check("build")
            build.depends_on(lint, build)
            """
            ),
            code(
                """
            import ci

            dag = ci.DAG("release")
            lint = dag.check("lint")
            build = dag.check("build")
            build.depends_on(lint)
            """
            ),
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            lint = dag.check("lint")
            build = dag.check("build")
            build.depends_on(lint, "build")
            """
            ),
            code(
                """
            import ci

            dag = ci.DAG("release")
            lint = dag.check("lint")
            build = dag.check("build")
            build.depends_on(lint)
            """
            ),
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            test = dag.shell("test", "pytest")
            test.after("lint", test)
            """
            ),
            code(
                """
            import ci

            dag = ci.DAG("release")
            test = dag.shell("test", "pytest")
            test.after("lint")
            """
            ),
        ),
        Example(
            code(
                """
            import ci

            write = ci.new_check("build").depends_on("lint", "build").build()
            """
            ),
            code(
                """
            import ci

            write = ci.new_check("build").depends_on("lint").build()
            """
            ),
        ),
        Example(
            code(
                """
            import ci


            async def define(wf: ci.WorkflowContext) -> None:
                await wf.define_check("build", depends_on="build")
            """
            )
        ),
        Example(
            code(
                """
            import ci


            def gate(node: ci.CheckNode) -> None:
                node.depends_on(node)
            """
            ),
            code(
                """
            import ci


            def gate(node: ci.CheckNode) -> None:
                node.depends_on()
            """
            ),
        ),
    ),
    valid=(
        code(
            """
            import ci

            dag = ci.DAG("release")
            lint = dag.check("lint")
            build = dag.check("build")
            build.depends_on(lint)
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            dag.check("build").depends_on(ci.stage("build"))
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            dag.stage("build").runner("b").after_checks("build")
            """
        ),
        (
            code(
                """
            import ci


            def chain(dag: ci.DAG, names: list[str]):
                last = None
                for name in names:
                    node = dag.check(name)
                    if last is not None:
                        node.depends_on(last)
                    last = node
            """
            )
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            a = dag.check("build")
            a = dag.check("test").depends_on(a)
            """
        ),
    ),
    check=check,
)
