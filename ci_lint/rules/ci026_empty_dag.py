"""CI026: a DAG that is executed without any node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Defined, Facts, Graph
from ci_lint.problems import EMPTY_DAG
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Note, Rule, code
from ci_lint.rules.graphs import closed, said_before_execution
from ci_lint.rules.wording import dag_label


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find executions of DAGs that nothing was defined in."""
    for graph in closed(facts):
        if graph.executed is None:
            continue
        if not _has_nodes(facts, graph):
            message = EMPTY_DAG.text(dag=dag_label(facts, graph.dag))
            yield Finding(graph.executed, message, (Note(graph.dag.node, "made here"),))


def _has_nodes(facts: Facts, graph: Graph) -> bool:
    if any(isinstance(event, Defined) for event in said_before_execution(facts, graph)):
        return True
    functions = [call for call in facts.calls if call.signature.name == "function" and call.receiver is not None]
    return any(call.receiver is not None and call.receiver.origin is graph.dag for call in functions)


RULE: Final = Rule(
    problem=EMPTY_DAG,
    default=True,
    what="A DAG that is executed in the same place where it was made, without any node.",
    why="There is nothing to do: `dag.execute()` and `ci.run()` raise `ci.DAGValidationError`.",
    fix="",
    invalid=(
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            ci.run(dag)
            """
            )
        ),
        Example(
            code(
                """
            import ci


            async def main(orch: ci.Orchestrator) -> None:
                dag = ci.DAG()
                execution = await dag.execute(orch)
                dag.shell('late', 'echo')
                await execution.wait_for_completion()
            """
            )
        ),
    ),
    valid=(
        code(
            """
            import ci

            dag = ci.DAG("release")
            dag.shell("build", "make")
            ci.run(dag)
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            """
        ),
        code(
            """
            import ci
            from helpers import fill

            dag = ci.DAG("release")
            fill(dag)
            ci.run(dag)
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            for name in ("a", "b"):
                dag.shell(name, name)
            ci.run(dag)
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")


            @dag.function()
            def plan() -> None: ...


            ci.run(dag)
            """
        ),
    ),
    check=check,
)
