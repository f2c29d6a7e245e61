"""examples/reference: the examples of the reference run, on every kind of orchestrator, and give what they should."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ci
from tests.e2e.servers import ServerProcess
from tests.examples.running import EXAMPLES, TURBOCI, in_background, run

FOLDER = EXAMPLES / "reference"

PRINTED = {
    "push_execution": ["plan-check: {'targets': ['app']}", "build-check: {'artifacts': ['app.tar']}"],
    "stage_runner": [
        "in-the-call: app.tar",
        "by-callback: docs.tar",
        "red: stage 'red' (attempt 1): broken does not compile",
    ],
    "level1_helpers": [
        "build:main: answered by exec:build",
        "test:unit: answered by exec:test",
        "test:integration: answered by exec:test",
        "some-test: answered by exec:sum",
        "all-tests: answered by exec:sum",
    ],
    "level2_builders": [
        "exec:plan: 50 % Building...",
        "plan:main: {'targets': ['//pkg/...']}",
        "build:main: {'built': '//pkg/...'}",
    ],
    "level3_workflow": [
        "first: build:main",
        "build:main: exec:build",
        "test:unit: exec:test",
        "stages: exec:build, exec:test",
    ],
    "level4_static_dag": ["build: builder", "build-stage: FINAL", "ok: True, 3 checks, 3 stages"],
    "level4_dynamic_dag": ["build:app: app.tar", "build:docs: docs.tar", "build:tools: tools.tar"],
    "ci_pipeline": [
        "pipeline: deploy completed: FINAL",
        "plan: FINAL by planner",
        "build: FINAL by builder",
        "test: FINAL by tester",
        "deploy: FINAL by deployer",
    ],
    "mixing_levels": [
        "note: {'ready': True}",
        "custom:special: {'config': {'key': 'value'}}",
        "checks: plan, custom:special, note",
    ],
}
"""What each example prints."""
CHECKS = {
    "push_execution": ("push-execution", {"plan-check", "build-check"}),
    "stage_runner": ("stage-runner", {"in-the-call", "by-callback", "red"}),
    "level1_helpers": ("helpers", {"build:main", "test:unit", "test:integration", "some-test", "all-tests"}),
    "level2_builders": ("builders", {"plan:main", "build:main"}),
    "level3_workflow": ("", {"build:main", "test:unit"}),
    "level4_static_dag": ("static", {"plan", "build", "test"}),
    "level4_dynamic_dag": ("dynamic", {"plan", "build:app", "build:docs", "build:tools"}),
    "ci_pipeline": ("ci-pipeline", {"plan", "build", "test", "deploy"}),
    "mixing_levels": ("mixed", {"plan", "custom:special", "note"}),
}
"""The name of its plan, and what checks are in it."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("server")) as started:
        yield started


def test_every_example_is_tested() -> None:
    """The folder holds what is run here, and nothing else."""
    assert {path.stem for path in FOLDER.glob("[a-z]*.py")} == set(PRINTED) == set(CHECKS)


def test_the_readme_lists_every_example() -> None:
    """examples/README.md links every file."""
    linked = set(re.findall(r"\]\(([\w/]+\.py)\)", (EXAMPLES / "README.md").read_text("utf-8")))
    assert linked == {str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("[a-z]*.py")}


@pytest.mark.parametrize("name", PRINTED)
def test_it_runs_by_python(name: str, tmp_path: Path) -> None:
    """`python FILE` brings its own orchestrator, and prints the results; a warning would be an error."""
    done = run(sys.executable, "-W", "error", FOLDER / f"{name}.py", cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()) == (0, PRINTED[name])


@pytest.mark.parametrize("name", PRINTED)
async def test_it_runs_on_a_server(name: str, server: ServerProcess, tmp_path: Path) -> None:
    """`python FILE ADDRESS` prints the same, and the server has the plan with every check answered."""
    done = run(sys.executable, FOLDER / f"{name}.py", server.address, cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()) == (0, PRINTED[name])
    plan_name, checks = CHECKS[name]
    async with ci.connect(server.address) as orch:
        plans = (await orch.list_work_plans()).plans
        (plan,) = (each for each in plans if each.name == plan_name)
        nodes = await orch.query_nodes(plan.id)
    assert {check.id for check in nodes.checks} == checks
    assert {check.id for check in nodes.checks if check.outcome is not ci.Outcome.SUCCEEDED} == (
        {"red"} if name == "stage_runner" else set()
    )
    assert {stage.state for stage in nodes.stages} == {ci.StageState.FINAL}


@pytest.mark.parametrize("name", PRINTED)
def test_it_runs_by_the_command(name: str, tmp_path: Path) -> None:
    """`turboci run FILE` runs its `main`; what it prints is there, between the lines of the run."""
    done = run(TURBOCI, "run", "--plain", FOLDER / f"{name}.py", cwd=tmp_path)
    assert done.returncode == (1 if name == "stage_runner" else 0), done.stdout
    printed = [line for line in PRINTED[name] if not line.startswith("pipeline:")]
    assert [line for line in done.stdout.splitlines() if line in printed] == printed


def test_the_stage_runner_serves(server: ServerProcess, tmp_path: Path) -> None:
    """`stage_runner.py serve ADDRESS` works for a server from a process of its own, until it is stopped."""
    (tmp_path / "app.py").write_text('import ci\ndag = ci.DAG()\ndag.step("a", "build_executor", target="app")\n')
    with in_background(sys.executable, FOLDER / "stage_runner.py", "serve", server.address, cwd=tmp_path):
        done = run(TURBOCI, "run", "app.py", "--connect", server.address, "--timeout", "30", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
