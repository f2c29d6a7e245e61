"""CI027: a stage that is waited for, though it is its answer that matters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Facts, Graph
from ci_lint.problems import STAGE_INSTEAD_OF_CHECK
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Note, Rule, code
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


RULE: Final = Rule(
    problem=STAGE_INSTEAD_OF_CHECK,
    default=False,
    what="`after(stage)` in a DAG whose whole life can be seen, where the stage answers checks and nothing depends on "
    "any of them.",
    why="A stage succeeds when its runner has answered, also if the answer is red. What waits for the stage goes on "
    "after red tests; what waits for the check does not. A step (`dag.step`, `dag.shell`) stands for its check.",
    fix="",
    invalid=(
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            tests = dag.check("tests")
            run = dag.stage("run-tests").runner("tester").assigns(tests)
            deployed = dag.check("deployed")
            deploy = dag.stage("deploy").runner("deployer").assigns(deployed)
            deploy.after(run)
            """
            )
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            tests = dag.check("tests")
            run = dag.stage("run-tests").runner("tester").assigns(tests)
            deployed = dag.check("deployed")
            deploy = dag.stage("deploy").runner("deployer").assigns(deployed)
            deploy.after("run-tests")
            ci.run(dag)
            """
            )
        ),
    ),
    valid=(
        code(
            """
            import ci

            dag = ci.DAG("release")
            tests = dag.check("tests")
            run = dag.stage("run-tests").runner("tester").assigns(tests)
            deployed = dag.check("deployed")
            deploy = dag.stage("deploy").runner("deployer").assigns(deployed)
            deploy.after(tests)
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            tests = dag.check("tests")
            run = dag.stage("run-tests").runner("tester").assigns(tests)
            deployed = dag.check("deployed")
            deploy = dag.stage("deploy").runner("deployer").assigns(deployed)
            deploy.after(run.finished)
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            tests = dag.check("tests")
            run = dag.stage("run-tests").runner("tester").assigns(tests)
            deployed = dag.check("deployed")
            deploy = dag.stage("deploy").runner("deployer").assigns(deployed)
            deploy.after(run).after_checks(tests)
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            tests = dag.check("tests")
            run = dag.stage("run-tests").runner("tester").assigns(tests)
            deployed = dag.check("deployed")
            deploy = dag.stage("deploy").runner("deployer").assigns(deployed)
            docs = dag.shell("docs", "mkdocs")
            deploy.after_checks(tests).after(docs)
            """
        ),
        code(
            """
            import ci


            def order(deploy: ci.StageNode, run: ci.StageNode) -> None:
                deploy.after(run)
            """
        ),
        code(
            """
            from helpers import inspect
            import ci

            dag = ci.DAG("release")
            tests = dag.check("tests")
            run = dag.stage("run-tests").runner("tester").assigns(tests)
            deployed = dag.check("deployed")
            deploy = dag.stage("deploy").runner("deployer").assigns(deployed)
            deploy.after(run)
            inspect(dag)
            """
        ),
    ),
    check=check,
)
