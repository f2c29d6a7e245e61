from __future__ import annotations

from pathlib import Path

import pytest

from ci.cli.complaints import Complaint, complain, complaint
from ci.cli.exits import Exit
from ci.workflow.errors import WorkflowFailed, WorkflowStalled
from ci.workflow.result import WorkflowResult
from turboci.errors import DAGValidationError, NotFound, OrchestratorUnavailable
from turboci.problems import Problem

FILE = Path("pipeline.py")


def test_failed_workflow_needs_no_words() -> None:
    """What failed is in the summary; nothing is repeated."""
    error = WorkflowFailed(WorkflowResult(work_plan_id="p1", checks={}, stages={}))
    assert complaint(error, FILE, begun=True) == Complaint(Exit.FAILED)


def test_invalid_dag_is_usage() -> None:
    """Problems of a DAG are the user's to mend; nothing was run."""
    error = DAGValidationError("DAG 'x'", [Problem("CI005", "check 'a'", "depends on 'b'", "x.py:3")])
    said = complaint(error, FILE, begun=False)
    assert said.exit is Exit.USAGE
    assert said.text.splitlines()[1] == "  x.py:3: CI005 depends on 'b'"


def test_stalled_plan_has_failed() -> None:
    """A plan that stands still is a failure with its reasons."""
    assert complaint(WorkflowStalled("p1", []), FILE, begun=True).exit is Exit.FAILED


@pytest.mark.parametrize(("begun", "code"), [(False, Exit.USAGE), (True, Exit.FAILED)])
def test_our_errors_are_one_line(begun: bool, code: Exit) -> None:
    """An error of ours is its sentence; whether something may have run decides the code."""
    said = complaint(OrchestratorUnavailable("orchestrator x:1", "cannot be reached"), FILE, begun=begun)
    assert said == Complaint(code, "orchestrator x:1 cannot be reached")


def test_our_errors_name_the_line_of_the_file() -> None:
    """An error of ours that the user's code ran into names the line."""
    here = Path(__file__)
    try:
        raise NotFound("check 'a'", "is not in this plan")
    except NotFound as error:
        said = complaint(error, here, begun=True)
    assert said.text.startswith(f"{here}:")
    assert said.text.endswith(": check 'a' is not in this plan")


def test_other_errors_are_the_users_traceback() -> None:
    """What is not ours shows the frames of the user's file."""
    try:
        raise KeyError("x")
    except KeyError as error:
        said = complaint(error, Path(__file__), begun=True)
    assert said.exit is Exit.FAILED
    assert "test_complaints.py" in said.details
    assert said.details.endswith("KeyError: 'x'")


def test_complain_is_not_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    """Long lines stay whole, and brackets in them are no markup."""
    complain("[bold]" + "x" * 200, "details")
    assert capsys.readouterr().err == f"details\nerror: [bold]{'x' * 200}\n"


def test_exit_codes_are_what_the_help_says() -> None:
    """Scripts rely on the numbers."""
    assert {code.name: int(code) for code in Exit} == {"OK": 0, "FAILED": 1, "USAGE": 2, "INTERRUPTED": 130}
