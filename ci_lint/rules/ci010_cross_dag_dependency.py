"""CI010: a node of one DAG as dependency in another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import libcst as cst

from ci_lint.facts import Facts
from ci_lint.inference.site import Site
from ci_lint.problems import CROSS_DAG_DEPENDENCY
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Note, Rule
from ci_lint.rules.edges import Edge, edges_of
from ci_lint.rules.graphs import is_put_to_the_test
from ci_lint.rules.wording import dag_label


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find dependencies and assignments whose target was made by another DAG."""
    edges = edges_of(facts)
    for verb, group in (("depends on", edges.dependencies), ("is assigned to", edges.answers)):
        for edge in group:
            yield from _crossing(facts, edge, verb)


def _crossing(facts: Facts, edge: Edge, verb: str) -> Iterator[Finding]:
    home, other = edge.node.dag, edge.target.dag
    if edge.target.site is None or home is None or other is None or home is other:
        return
    if is_put_to_the_test(facts, home):
        return
    if _is_made_here(home) and _is_made_here(other):
        message = CROSS_DAG_DEPENDENCY.text(
            node=edge.node.label, verb=verb, target=edge.target.label, other=dag_label(facts, other)
        )
        notes = (Note(home.node, "the DAG of the node that waits"), Note(other.node, "the DAG of its target"))
        yield Finding(edge.argument.node.value, message, notes)


def _is_made_here(dag: Site) -> bool:
    """Return whether it is the call that makes the DAG; two parameters may be one DAG, two such calls never are."""
    return dag.method == "DAG" and isinstance(dag.node, cst.Call)


_HEAD: Final = 'import ci\n\nfirst = ci.DAG("first")\nsecond = ci.DAG("second")\nbuild = first.check("build")\n'

RULE: Final = Rule(
    problem=CROSS_DAG_DEPENDENCY,
    default=True,
    what="A node of one DAG that is given to a node of another one, as a dependency or to be answered.",
    why="Each DAG becomes a plan of its own, and a plan knows its own nodes only. `dag.validate()` and "
    "`dag.execute()` raise `ci.DAGValidationError`.",
    fix="",
    invalid=(
        Example(f'{_HEAD}test = second.check("test").depends_on(build)\n'),
        Example(f'{_HEAD}second.stage("make").runner("builder").assigns(build)\n'),
        Example(f'{_HEAD}second.shell("test", "pytest").after(build.finished)\n'),
    ),
    valid=(
        f'{_HEAD}test = first.check("test").depends_on(build)\n',
        f'{_HEAD}second.check("build")\ntest = second.check("test").depends_on("build")\n',
        (
            "import ci\n\n\ndef both(first: ci.DAG, second: ci.DAG) -> None:\n"
            '    second.check("test").depends_on(first.check("build"))\n'
        ),
        'import ci\n\nfirst = ci.DAG("first")\nagain = first\nagain.check("b").depends_on(first.check("a"))\n',
    ),
    check=check,
)
