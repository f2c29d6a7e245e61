"""CI027: a stage that is waited for, though it is its answer that matters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Facts, Graph
from ci_lint.problems import STAGE_INSTEAD_OF_CHECK
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Note, Rule
from ci_lint.rules.edges import Edge, Edges, edges_of
from ci_lint.rules.graphs import closed
from ci_lint.rules.nodes import STAGE


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find dependencies on stages that answer checks which nothing depends on."""
    edges = edges_of(facts)
    for graph in closed(facts):
        waited_for = {edge.target.key for edge in edges.dependencies}
        for edge in edges.dependencies:
            answers = _answers(edges, graph, edge)
            if answers and not any(answer.target.key in waited_for for answer in answers):
                message = STAGE_INSTEAD_OF_CHECK.text(
                    node=edge.node.label, target=edge.target.label, check=answers[0].target.label
                )
                notes = (Note(answers[0].argument.node.value, "the check that it answers"),)
                yield Finding(edge.argument.node.value, message, notes)


def _answers(edges: Edges, graph: Graph, edge: Edge) -> list[Edge]:
    """Return what the stage that is waited for answers; nothing if it is waited for on purpose."""
    on_purpose = edge.target.when != "succeeded" or edge.target.kind != STAGE
    if on_purpose or edge.node.dag is not graph.dag:
        return []
    return [answer for answer in edges.answers if answer.node.key == edge.target.key]


_HEAD: Final = (
    'import ci\n\ndag = ci.DAG("release")\ntests = dag.check("tests")\n'
    'run = dag.stage("run-tests").runner("tester").assigns(tests)\n'
    'deployed = dag.check("deployed")\ndeploy = dag.stage("deploy").runner("deployer").assigns(deployed)\n'
)

RULE: Final = Rule(
    problem=STAGE_INSTEAD_OF_CHECK,
    default=False,
    what="`after(stage)` in a DAG whose whole life can be seen, where the stage answers checks and nothing depends on "
    "any of them.",
    why="A stage succeeds when its runner has answered, also if the answer is red. What waits for the stage goes on "
    "after red tests; what waits for the check does not. A step (`dag.step`, `dag.shell`) stands for its check.",
    fix="",
    invalid=(
        Example(f"{_HEAD}deploy.after(run)\n"),
        Example(f'{_HEAD}deploy.after("run-tests")\nci.run(dag)\n'),
    ),
    valid=(
        f"{_HEAD}deploy.after(tests)\n",
        f"{_HEAD}deploy.after(run.finished)\n",
        f"{_HEAD}deploy.after(run).after_checks(tests)\n",
        f'{_HEAD}docs = dag.shell("docs", "mkdocs")\ndeploy.after_checks(tests).after(docs)\n',
        "import ci\n\n\ndef order(deploy: ci.StageNode, run: ci.StageNode) -> None:\n    deploy.after(run)\n",
        f"from helpers import inspect\n{_HEAD}deploy.after(run)\ninspect(dag)\n",
    ),
    check=check,
)
