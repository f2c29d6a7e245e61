"""What goes to a runner, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping

from turboci.executions import Acceptance, Answer, AssignedCheck, CheckUpdate, Execution, Pong
from turboci.ids import require_id
from turboci.nodes import ProgressEntry
from turboci.states import ExecutionMode
from turboci.v1 import service_pb2, stagerunner_pb2
from turboci.wire import enums, structs, times
from turboci.wire.attempts import failure_message, percent
from turboci.wire.paths import each, encoded
from turboci.wire.structs import EMPTY


def run_request(execution: Execution) -> stagerunner_pb2.RunRequest:
    """Return the request that executes a SYNC attempt."""
    message = stagerunner_pb2.RunRequest()
    fill_run_request(message, execution)
    return message


def run_async_request(execution: Execution) -> stagerunner_pb2.RunAsyncRequest:
    """Return the request that offers an ASYNC attempt."""
    message = stagerunner_pb2.RunAsyncRequest()
    fill_run_async_request(message, execution)
    return message


def fill_run_request(
    message: stagerunner_pb2.RunRequest | stagerunner_pb2.RunAsyncRequest, execution: Execution
) -> None:
    """Write an attempt into an empty request; in place, since a frame has many of them."""
    message.execution_id = execution.execution_id
    message.work_plan_id = execution.work_plan_id
    message.stage_id = execution.stage_id
    message.attempt_idx = execution.attempt_idx
    structs.fill(message.args, execution.args)
    if execution.deadline is not None:
        times.fill(message.deadline, execution.deadline, "deadline")
    if execution.checks:
        message.assigned_check_ids.extend([check.check_id for check in execution.checks])
        message.check_options.extend([_check_options(check) for check in execution.checks])


def fill_run_async_request(message: stagerunner_pb2.RunAsyncRequest, execution: Execution) -> None:
    """Write an attempt into an empty offer."""
    fill_run_request(message, execution)
    message.callback_address = execution.callback_address


def execution(message: stagerunner_pb2.RunRequest | stagerunner_pb2.RunAsyncRequest) -> Execution:
    """Return the attempt that a request hands over; its class says in which mode.

    Raises:
        InvalidArgument: A value is out of range.
    """
    if isinstance(message, stagerunner_pb2.RunAsyncRequest):
        mode, callback_address = ExecutionMode.ASYNC, message.callback_address
    else:
        mode, callback_address = ExecutionMode.SYNC, ""
    return Execution(
        execution_id=message.execution_id,
        work_plan_id=message.work_plan_id,
        stage_id=message.stage_id,
        attempt_idx=message.attempt_idx,
        mode=mode,
        args=structs.payload(message.args, f"stage {message.stage_id!r}", "args") if message.args.fields else EMPTY,
        checks=_assigned_checks(message) if message.assigned_check_ids else (),
        deadline=times.moment(message.deadline, "deadline") if message.HasField("deadline") else None,
        callback_address=callback_address,
    )


def _check_options(check: AssignedCheck) -> stagerunner_pb2.CheckOptions:
    return stagerunner_pb2.CheckOptions(check_id=check.check_id, kind=check.kind, options=structs.filled(check.options))


def _assigned_checks(
    message: stagerunner_pb2.RunRequest | stagerunner_pb2.RunAsyncRequest,
) -> tuple[AssignedCheck, ...]:
    options = {entry.check_id: entry for entry in message.check_options}
    return tuple(_assigned_check(id, options) for id in dict.fromkeys(message.assigned_check_ids))


def _assigned_check(id: str, options: Mapping[str, stagerunner_pb2.CheckOptions]) -> AssignedCheck:
    entry = options.get(id)
    if entry is None:
        return AssignedCheck(check_id=id)
    return AssignedCheck(
        check_id=id, kind=entry.kind, options=structs.payload(entry.options, f"check {id!r}", "options")
    )


def check_update(message: stagerunner_pb2.CheckUpdate) -> CheckUpdate:
    """Return one answer to one check.

    Raises:
        InvalidArgument: A value is out of range or not listed, or the id is none.
    """
    return CheckUpdate(
        check_id=require_id(message.check_id, "check", field="check_id"),
        state=enums.check_state_or_none(message.state, "state"),
        data=structs.payload(message.result_data, f"check {message.check_id!r}", "result_data"),
        finalize=message.finalize,
        failure=message.failure.message if message.HasField("failure") else None,
    )


def check_update_message(update: CheckUpdate) -> stagerunner_pb2.CheckUpdate:
    """Return the message for one answer to one check."""
    return stagerunner_pb2.CheckUpdate(
        check_id=update.check_id,
        state=enums.CHECK_STATES[update.state] if update.state else None,
        result_data=structs.filled(update.data),
        finalize=update.finalize,
        failure=failure_message(update.failure),
    )


def answer(message: stagerunner_pb2.RunResponse | service_pb2.CompleteStageExecutionRequest) -> Answer:
    """Return how an attempt ended.

    Raises:
        InvalidArgument: A value is out of range or not listed, or an id is none.
    """
    return Answer(
        stage_state=enums.stage_state_or_none(message.stage_state, "stage_state") if message.stage_state else None,
        check_updates=each(check_update, message.check_updates, "check_updates") if message.check_updates else (),
        failure=message.failure.message if message.HasField("failure") else None,
        details=structs.payload(message.details, "answer", "details") if message.HasField("details") else EMPTY,
    )


def run_response(answer: Answer) -> stagerunner_pb2.RunResponse:
    """Return the answer of a SYNC attempt.

    Raises:
        InvalidArgument: No message can carry a value.
    """
    return encoded(_run_response, answer, "answer")


def complete_request(execution_id: str, answer: Answer) -> service_pb2.CompleteStageExecutionRequest:
    """Return the request that ends an ASYNC attempt.

    Raises:
        InvalidArgument: No message can carry a value.
    """
    message = encoded(_complete_request, answer, "answer")
    message.execution_id = execution_id
    return message


def _run_response(answer: Answer) -> stagerunner_pb2.RunResponse:
    return stagerunner_pb2.RunResponse(
        stage_state=enums.STAGE_STATES[answer.stage_state] if answer.stage_state else None,
        check_updates=[check_update_message(update) for update in answer.check_updates],
        failure=failure_message(answer.failure),
        details=structs.filled(answer.details),
    )


def _complete_request(answer: Answer) -> service_pb2.CompleteStageExecutionRequest:
    return service_pb2.CompleteStageExecutionRequest(
        stage_state=enums.STAGE_STATES[answer.stage_state] if answer.stage_state else None,
        check_updates=[check_update_message(update) for update in answer.check_updates],
        failure=failure_message(answer.failure),
        details=structs.filled(answer.details),
    )


def acceptance(message: stagerunner_pb2.RunAsyncResponse) -> Acceptance:
    """Return what a runner says to an ASYNC attempt.

    Raises:
        InvalidArgument: The time is out of range.
    """
    expected = message.estimated_completion if message.HasField("estimated_completion") else None
    return Acceptance(
        accepted=message.accepted,
        estimated_completion=times.moment(expected, "estimated_completion") if expected is not None else None,
        runner_execution_id=message.runner_execution_id,
    )


def acceptance_message(acceptance: Acceptance) -> stagerunner_pb2.RunAsyncResponse:
    """Return the message for what a runner says to an ASYNC attempt."""
    return stagerunner_pb2.RunAsyncResponse(
        accepted=acceptance.accepted,
        estimated_completion=times.timestamp(acceptance.estimated_completion, "estimated_completion"),
        runner_execution_id=acceptance.runner_execution_id,
    )


def pong(message: stagerunner_pb2.PingResponse) -> Pong:
    """Return what a runner says of itself.

    Raises:
        InvalidArgument: A mode is not listed.
    """
    return Pong(
        runner_type=message.runner_type,
        supported_modes=each(lambda mode: enums.execution_mode(mode, ""), message.supported_modes, "supported_modes"),
        available_capacity=message.available_capacity,
    )


def pong_message(pong: Pong) -> stagerunner_pb2.PingResponse:
    """Return the message for what a runner says of itself."""
    return stagerunner_pb2.PingResponse(
        runner_type=pong.runner_type,
        supported_modes=[enums.EXECUTION_MODES[mode] for mode in pong.supported_modes],
        available_capacity=pong.available_capacity,
    )


def progress(message: service_pb2.UpdateStageExecutionRequest) -> ProgressEntry:
    """Return a sign of life of an ASYNC attempt; 0 percent cannot be told from unset and is None.

    Raises:
        InvalidArgument: The percentage or a number of the details is out of range.
    """
    return ProgressEntry(
        message=message.message,
        percent=percent(message.progress_percent, "progress_percent") or None,
        details=structs.payload(message.details, "progress", "details"),
        log=message.log,
    )


def update_request(execution_id: str, entry: ProgressEntry) -> service_pb2.UpdateStageExecutionRequest:
    """Return the request that reports a sign of life of an ASYNC attempt; the server sets its time.

    Raises:
        InvalidArgument: The percentage is out of range, or no message can carry a value.
    """

    def make(entry: ProgressEntry) -> service_pb2.UpdateStageExecutionRequest:
        return service_pb2.UpdateStageExecutionRequest(
            execution_id=execution_id,
            message=entry.message,
            progress_percent=percent(entry.percent or 0, "percent"),
            details=structs.filled(entry.details),
            log=entry.log,
        )

    return encoded(make, entry, "progress")
