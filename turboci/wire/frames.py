"""The frames of runner streams."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from turboci.errors import CIError, InternalError, InvalidArgument, ServiceError
from turboci.executions import Answer
from turboci.frames import Cancellation, OrchestratorFrame, RefusedReport, Report, Returned, RunnerFrame, RunnerHello
from turboci.ids import require_id
from turboci.nodes import ProgressEntry
from turboci.states import ExecutionMode
from turboci.v1 import service_pb2, stagerunner_pb2
from turboci.wire import executions, runners
from turboci.wire.errors import error_from, status_of

_EXECUTION: Final = "execution"


def runner_frame(message: service_pb2.RunnerFrame) -> RunnerFrame:
    """Return what a runner says; reports that cannot be understood are set apart.

    Raises:
        InvalidArgument: The hello cannot be understood.
    """
    reports: list[Report] = []
    invalid: list[RefusedReport] = []
    for entry in message.reports:
        try:
            reports.append(_report(entry))
        except InvalidArgument as error:
            invalid.append(RefusedReport(ticket=entry.ticket, error=error))
    return RunnerFrame(
        hello=_hello(message.hello) if message.HasField("hello") else None,
        accepted=tuple(message.accepted),
        returned=tuple([_returned(entry) for entry in message.returned]),
        reports=tuple(reports),
        invalid=tuple(invalid),
        draining=message.draining,
    )


def runner_frame_message(frame: RunnerFrame) -> service_pb2.RunnerFrame:
    """Return the message for what a runner says.

    Raises:
        InvalidArgument: No message can carry a value of the hello.
    """
    message = service_pb2.RunnerFrame(
        accepted=frame.accepted,
        returned=[
            service_pb2.ReturnedExecution(execution_id=entry.execution_id, reason=entry.reason, begun=entry.begun)
            for entry in frame.returned
        ],
        reports=[report_message(report) for report in frame.reports],
        draining=frame.draining,
    )
    if frame.hello is not None:
        message.hello.registration.CopyFrom(runners.registration_message(frame.hello.registration))
        message.hello.held.extend(frame.hello.held)
    return message


def report_message(report: Report) -> service_pb2.RunnerReport:
    """Return the message for a report.

    Raises:
        InvalidArgument: No message can carry a value.
    """
    if isinstance(report.content, Answer):
        completion = executions.complete_request(report.execution_id, report.content)
        return service_pb2.RunnerReport(ticket=report.ticket, completion=completion)
    progress = executions.update_request(report.execution_id, report.content)
    return service_pb2.RunnerReport(ticket=report.ticket, progress=progress)


def orchestrator_frame(message: service_pb2.OrchestratorFrame) -> OrchestratorFrame:
    """Return what the orchestrator says.

    Raises:
        InvalidArgument: A value is out of range.
    """
    offered: Iterable[stagerunner_pb2.RunRequest | stagerunner_pb2.RunAsyncRequest]
    offered = (*message.sync_executions, *message.async_executions)
    return OrchestratorFrame(
        lease=runners.lease(message.lease) if message.HasField("lease") else None,
        executions=tuple(executions.execution(entry) for entry in offered),
        cancellations=tuple(
            Cancellation(execution_id=entry.execution_id, reason=entry.reason) for entry in message.cancels
        ),
        acknowledged=tuple(message.acknowledged),
        refused=tuple(
            RefusedReport(ticket=entry.ticket, error=error_from(entry.status, entry.message, entry.details))
            for entry in message.refused
        ),
    )


def orchestrator_frame_message(frame: OrchestratorFrame) -> service_pb2.OrchestratorFrame:
    """Return the message for what the orchestrator says."""
    message = service_pb2.OrchestratorFrame(acknowledged=frame.acknowledged)
    for execution in frame.executions:
        if execution.mode is ExecutionMode.SYNC:
            executions.fill_run_request(message.sync_executions.add(), execution)
        else:
            executions.fill_run_async_request(message.async_executions.add(), execution)
    for entry in frame.cancellations:
        message.cancels.add(execution_id=entry.execution_id, reason=entry.reason)
    message.refused.extend([_refused_message(entry) for entry in frame.refused])
    if frame.lease is not None:
        message.lease.CopyFrom(runners.lease_message(frame.lease))
    return message


def _returned(message: service_pb2.ReturnedExecution) -> Returned:
    return Returned(execution_id=message.execution_id, reason=message.reason, begun=message.begun)


def _hello(message: service_pb2.RunnerHello) -> RunnerHello:
    registration = runners.registration(message.registration)
    require_id(registration.process_uid, "process", field="process_uid")
    return RunnerHello(registration=registration, held=tuple(message.held))


def _report(message: service_pb2.RunnerReport) -> Report:
    content: ProgressEntry | Answer
    if message.WhichOneof("report") == "completion":
        completion = message.completion
        execution_id, content = completion.execution_id, executions.answer(completion)
    else:
        execution_id, content = message.progress.execution_id, executions.progress(message.progress)
    require_id(execution_id, _EXECUTION, field="execution_id")
    return Report(ticket=message.ticket, execution_id=execution_id, content=content)


def _refused_message(entry: RefusedReport) -> service_pb2.RefusedReport:
    status, text, details = status_of(_of_service(entry.error))
    return service_pb2.RefusedReport(ticket=entry.ticket, status=status, message=text, details=details)


def _of_service(error: CIError) -> ServiceError:
    return error if isinstance(error, ServiceError) else InternalError("the report", f"was refused: {error}")
