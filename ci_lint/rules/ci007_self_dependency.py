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
from ci_lint.rules.base import Example, Finding, Rule
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


_HEAD: Final = 'import ci\n\ndag = ci.DAG("release")\nlint = dag.check("lint")\nbuild = dag.check("build")\n'

RULE: Final = Rule(
    problem=SELF_DEPENDENCY,
    default=True,
    what="A node that is given itself as a dependency, as an object or by its id.",
    why="It would wait for itself for ever: `dag.validate()` and `dag.execute()` raise `ci.DAGValidationError`, and so "
    "does an orchestrator. Mostly another node was meant.",
    fix="Removes the argument. Unsafe, because another node was probably meant.",
    invalid=(
        Example(f"{_HEAD}build.depends_on(lint, build)\n", f"{_HEAD}build.depends_on(lint)\n"),
        Example(f'{_HEAD}build.depends_on(lint, "build")\n', f"{_HEAD}build.depends_on(lint)\n"),
        Example(
            'import ci\n\ndag = ci.DAG("release")\ntest = dag.shell("test", "pytest")\ntest.after("lint", test)\n',
            'import ci\n\ndag = ci.DAG("release")\ntest = dag.shell("test", "pytest")\ntest.after("lint")\n',
        ),
        Example(
            'import ci\n\nwrite = ci.new_check("build").depends_on("lint", "build").build()\n',
            'import ci\n\nwrite = ci.new_check("build").depends_on("lint").build()\n',
        ),
        Example(
            "import ci\n\n\nasync def define(wf: ci.WorkflowContext) -> None:\n"
            '    await wf.define_check("build", depends_on="build")\n'
        ),
    ),
    valid=(
        f"{_HEAD}build.depends_on(lint)\n",
        'import ci\n\ndag = ci.DAG("release")\ndag.check("build").depends_on(ci.stage("build"))\n',
        'import ci\n\ndag = ci.DAG("release")\ndag.stage("build").runner("b").after_checks("build")\n',
        (
            "import ci\n\n\ndef chain(dag: ci.DAG, names: list[str]):\n    last = None\n    for name in names:\n"
            "        node = dag.check(name)\n        if last is not None:\n            node.depends_on(last)\n"
            "        last = node\n"
        ),
        'import ci\n\ndag = ci.DAG("release")\na = dag.check("build")\na = dag.check("test").depends_on(a)\n',
    ),
    check=check,
)
