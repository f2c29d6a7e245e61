"""What frames of runner streams carry besides values: reports that cannot be understood, and refusals."""

from __future__ import annotations

import pytest

from turboci.errors import InternalError, InvalidArgument, StageFailed, StaleAttempt
from turboci.frames import OrchestratorFrame, RefusedReport
from turboci.v1 import service_pb2
from turboci.wire.frames import orchestrator_frame, orchestrator_frame_message, runner_frame


def test_a_report_that_cannot_be_understood_is_set_apart() -> None:
    """The other reports of a frame are not lost with it."""
    message = service_pb2.RunnerFrame()
    message.reports.add(ticket=1).completion.execution_id = "e1"
    broken = message.reports.add(ticket=2).completion
    broken.execution_id = "e2"
    broken.stage_state = 77  # type: ignore[assignment]
    frame = runner_frame(message)
    assert [(report.ticket, report.execution_id) for report in frame.reports] == [(1, "e1")]
    assert [refused.ticket for refused in frame.invalid] == [2]
    assert isinstance(frame.invalid[0].error, InvalidArgument)


@pytest.mark.parametrize("kind", ["progress", "completion"])
def test_a_report_on_nothing_is_set_apart(kind: str) -> None:
    """A report names its execution."""
    message = service_pb2.RunnerFrame()
    getattr(message.reports.add(ticket=1), kind).SetInParent()
    assert [refused.ticket for refused in runner_frame(message).invalid] == [1]


def test_a_hello_names_its_process() -> None:
    """Without it, nobody could tell a runner that comes back from another one."""
    message = service_pb2.RunnerFrame()
    message.hello.registration.runner_id = "r1"
    message.hello.registration.runner_type = "builder"
    with pytest.raises(InvalidArgument, match="process"):
        runner_frame(message)


def test_a_refusal_keeps_its_class() -> None:
    """The runner gets the error that the orchestrator raised, attributes included."""
    stale = StaleAttempt("execution 'e1'", "has ended", hint="drop the work", field="execution_id")
    sent = OrchestratorFrame(refused=(RefusedReport(ticket=3, error=stale),))
    received = orchestrator_frame(orchestrator_frame_message(sent)).refused[0]
    assert received.ticket == 3
    assert isinstance(received.error, StaleAttempt)
    assert (received.error.subject, received.error.hint) == ("execution 'e1'", "drop the work")


def test_an_error_of_this_side_travels_as_an_internal_one() -> None:
    """Errors without a status of their own never reach the runner without any."""
    sent = OrchestratorFrame(refused=(RefusedReport(ticket=3, error=StageFailed("red")),))
    assert isinstance(orchestrator_frame(orchestrator_frame_message(sent)).refused[0].error, InternalError)
