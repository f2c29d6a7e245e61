"""This repository's own CI, run by the product that it checks: `turboci run examples/self_check.py`.

Lint and types start at once. Meanwhile a planning stage looks for the tests, and the DAG grows by one stage for each
folder while it runs. The wheel is built when all of them are green. Some folders alone:

    turboci run examples/self_check.py -- contract model
"""

from __future__ import annotations

import sys
from pathlib import Path

import ci

ROOT = Path(__file__).resolve().parent.parent
ELSEWHERE = {"e2e", "examples"}
"""Folders whose tests start the product themselves: `tox run -e e2e,examples`."""


def find_tests(stage: ci.StageContext) -> dict[str, object]:
    """Plan: every folder of tests, and every file right inside `tests`, is a stage of its own."""
    tests = ROOT / "tests"
    folders = {path.relative_to(tests).parts[0] for path in tests.glob("*/**/test_*.py")}
    files = {path.name for path in tests.glob("test_*.py")}
    wanted = set(sys.argv[1:]) or folders | files
    targets = [*sorted((folders - ELSEWHERE) & wanted), *sorted(files & wanted)]
    stage.log(f"{len(targets)} groups of tests: {', '.join(targets)}")
    return {"targets": targets}


async def main(orch: ci.Orchestrator) -> None:
    """Run the checks, and grow the plan by what the planning stage has found."""
    dag = ci.DAG("self-check")
    plan = dag.function(id="plan")(find_tests)
    lint = python(dag, "lint", "ruff", "check")
    style = python(dag, "format", "ruff", "format", "--check")
    types = python(dag, "types", "mypy")

    async with dag.execute(orch) as execution:
        planned = await execution.wait_for_check(plan.check)
        tests = [
            python(dag, f"test:{target}", "pytest", "-q", f"tests/{target}").after(plan)
            for target in planned.value("targets", list[str])
        ]
        wheel = python(dag, "wheel", "build", "--wheel", "--no-isolation", "--outdir", "dist")
        wheel.after(lint, style, types, *tests)


def python(dag: ci.DAG, name: str, *command: str) -> ci.StageNode:
    """Add a step that runs a tool of this interpreter."""
    return dag.shell(name, [sys.executable, "-m", *command], cwd=str(ROOT))
