"""CI016: a stage that no runner will take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Defined, Facts
from ci_lint.problems import STAGE_WITHOUT_RUNNER
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule
from ci_lint.rules.graphs import closed, is_said
from ci_lint.rules.wording import label_of


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find stages of closed DAGs that are never told their runner type."""
    for graph in closed(facts):
        for event in graph.events:
            if not isinstance(event, Defined) or event.kind != "stage" or event.call.signature.name == "auto_stage":
                continue
            if not is_said(facts, event.site, "runner"):
                yield Finding(event.call.node, STAGE_WITHOUT_RUNNER.text(node=label_of(event)))


_HEAD: Final = 'import ci\n\ndag = ci.DAG("release")\n'

RULE: Final = Rule(
    problem=STAGE_WITHOUT_RUNNER,
    default=True,
    what="A stage of a DAG whose whole life can be seen that is never given a runner type.",
    why="Nobody would execute it. `dag.validate()` and `dag.execute()` raise `ci.DAGValidationError`.",
    fix="",
    invalid=(
        Example(f'{_HEAD}build = dag.check("build")\ndag.stage("make").assigns(build)\n'),
        Example(f'{_HEAD}stage = dag.stage("make")\nstage.arg("jobs", 4)\nci.run(dag)\n'),
        Example(
            "import ci\n\n\nasync def main(orch: ci.Orchestrator) -> None:\n"
            '    dag = ci.DAG("release")\n    dag.stage("make")\n    await dag.execute(orch)\n'
        ),
    ),
    valid=(
        f'{_HEAD}build = dag.check("build")\ndag.stage("make").runner("builder").assigns(build)\n',
        f'{_HEAD}dag.shell("make", "make")\ndag.step("test", "tester")\ndag.auto_stage("builder")\n',
        f'{_HEAD}stage = dag.stage("make")\nif stage:\n    stage.runner("builder")\nelse:\n    stage.runner("maker")\n',
        f'import helpers\n{_HEAD}helpers.equip(dag.stage("make"))\n',
        "import ci\n\n\ndef make(dag: ci.DAG) -> ci.StageNode:\n    return dag.stage('make')\n",
        'import ci\n\n\ndef make() -> ci.DAG:\n    dag = ci.DAG()\n    dag.stage("make")\n    return dag\n',
        f'{_HEAD}stages = [dag.stage("a"), dag.stage("b")]\nfor stage in stages:\n    stage.runner("builder")\n',
    ),
    check=check,
)
