"""CI016: a stage that no runner will take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Defined, Facts
from ci_lint.problems import STAGE_WITHOUT_RUNNER
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule, code
from ci_lint.rules.graphs import is_said, watched
from ci_lint.rules.wording import label_of


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find stages of DAGs that go nowhere unseen that are never told their runner type."""
    for graph in watched(facts):
        for event in graph.events:
            if not isinstance(event, Defined) or event.kind != "stage" or event.call.signature.name == "auto_stage":
                continue
            if not is_said(facts, event.site, "runner"):
                yield Finding(event.call.node, STAGE_WITHOUT_RUNNER.text(node=label_of(event)))


RULE: Final = Rule(
    problem=STAGE_WITHOUT_RUNNER,
    default=True,
    what="A stage of a DAG whose whole life can be seen that is never given a runner type.",
    why="Nobody would execute it. `dag.validate()` and `dag.execute()` raise `ci.DAGValidationError`.",
    fix="",
    invalid=(
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            dag.stage("make").assigns(build)
            """
            )
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            stage = dag.stage("make")
            stage.arg("jobs", 4)
            ci.run(dag)
            """
            )
        ),
        Example(
            code(
                """
            import ci


            async def main(orch: ci.Orchestrator) -> None:
                dag = ci.DAG("release")
                dag.stage("make")
                await dag.execute(orch)
            """
            )
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            for name in open("names"):
                dag.stage(name).arg("jobs", 4)
            """
            )
        ),
    ),
    valid=(
        code(
            """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            dag.stage("make").runner("builder").assigns(build)
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            dag.shell("make", "make")
            dag.step("test", "tester")
            dag.auto_stage("builder")
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            stage = dag.stage("make")
            if stage:
                stage.runner("builder")
            else:
                stage.runner("maker")
            """
        ),
        code(
            """
            import helpers
            import ci

            dag = ci.DAG("release")
            helpers.equip(dag.stage("make"))
            """
        ),
        code(
            """
            import ci


            def make(dag: ci.DAG) -> ci.StageNode:
                return dag.stage('make')
            """
        ),
        code(
            """
            import ci


            def make() -> ci.DAG:
                dag = ci.DAG()
                dag.stage("make")
                return dag
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            stages = [dag.stage("a"), dag.stage("b")]
            for stage in stages:
                stage.runner("builder")
            """
        ),
    ),
    check=check,
)
