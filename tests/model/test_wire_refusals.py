"""What decoders refuse, and what they never do."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import pytest
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.model.codecs import CODECS, Codec
from turboci.errors import EmptyIdError, InvalidArgument
from turboci.executions import Answer, CheckUpdate
from turboci.nodes import ProgressEntry
from turboci.runners import RunnerRegistration
from turboci.v1 import service_pb2, stage_pb2, stagerunner_pb2
from turboci.wire import events, executions, queries, reasons, runners, structs, writes
from turboci.wire.paths import parse
from turboci.writes import CheckWrite, StageWrite


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damaged_bytes_are_read_or_refused(codec: Codec, data: st.DataObject) -> None:
    """Bytes that were cut, changed or made up are read or refused with our error, never with another one."""
    sent = bytearray(codec.encode(data.draw(codec.values)).SerializeToString())
    if sent and data.draw(st.booleans()):
        for _ in range(data.draw(st.integers(1, 4))):
            sent[data.draw(st.integers(0, len(sent) - 1))] = data.draw(st.integers(0, 255))
    else:
        sent = sent[: data.draw(st.integers(0, len(sent)))] + data.draw(st.binary(max_size=30))
    read_or_refused(lambda: codec.decode(parse(codec.kind, bytes(sent))))


@given(st.binary(max_size=100))
def test_any_bytes_are_a_payload_or_refused(data: bytes) -> None:
    """Stored bytes that are no payload are refused with our error."""
    for read in (
        structs.decode,
        lambda part: structs.merge(b"", part),
        lambda part: structs.encode(structs.lazy(part)),
    ):
        read_or_refused(partial(read, data))


def read_or_refused(read: Callable[[], object]) -> None:
    """Hold that bytes are read, or refused by an error of ours that says why; any other one fails the test."""
    refusals: list[InvalidArgument] = []
    try:
        read()
    except InvalidArgument as error:
        refusals.append(error)
    assert all(error.subject and error.problem for error in refusals), "refused without a reason"


def test_unreadable_bytes_are_refused_with_the_name_of_the_message() -> None:
    """Bytes that are no message are refused, with its name and their number."""
    with pytest.raises(InvalidArgument, match=r"message WriteNodesRequest cannot be parsed from 3 bytes: "):
        parse(service_pb2.WriteNodesRequest, b"\xff\xff\xff")


def _request() -> service_pb2.WriteNodesRequest:
    request = service_pb2.WriteNodesRequest(work_plan_id="p")
    for name in "abcd":
        edges = request.checks.add(id=name).dependencies.dependencies
        edges.add(target_id="x")
        edges.add(target_id="y")
        request.stages.add(id=name).assignments.add(target_check_id=name)
    return request


def _set_cause(request: service_pb2.WriteNodesRequest, *causes: int) -> None:
    request.stages[1].retry.retry_on.extend(causes)  # type: ignore[arg-type]


REFUSALS: dict[str, Callable[[service_pb2.WriteNodesRequest], object]] = {
    "checks[3].dependencies.dependencies[1].condition": lambda request: setattr(
        request.checks[3].dependencies.dependencies[1], "condition", 99
    ),
    "checks[0].dependencies.dependencies[0].target_type": lambda request: setattr(
        request.checks[0].dependencies.dependencies[0], "target_type", 3
    ),
    "checks[0].dependencies.dependencies[1].target_id": lambda request: setattr(
        request.checks[0].dependencies.dependencies[1], "target_id", "a\nb"
    ),
    "checks[1].dependencies.predicate": lambda request: setattr(request.checks[1].dependencies, "predicate", 3),
    "checks[2].dependencies.threshold": lambda request: setattr(request.checks[2].dependencies, "threshold", 3),
    "stages[2].dependencies.threshold": lambda request: setattr(request.stages[2].dependencies, "threshold", 0),
    "checks[1].id": lambda request: setattr(request.checks[1], "id", ""),
    "stages[1].id": lambda request: setattr(request.stages[1], "id", "x" * 256),
    "checks[1].state": lambda request: setattr(request.checks[1], "state", 15),
    "stages[1].state": lambda request: setattr(request.stages[1], "state", -1),
    "stages[0].execution_mode": lambda request: setattr(request.stages[0], "execution_mode", 3),
    "stages[0].assignments[0].goal_state": lambda request: setattr(request.stages[0].assignments[0], "goal_state", 41),
    "stages[0].assignments[0].target_check_id": lambda request: setattr(
        request.stages[0].assignments[0], "target_check_id", ""
    ),
    "stages[3].parent_stage_id": lambda request: setattr(request.stages[3], "parent_stage_id", "\x00"),
    "stages[3].timeout": lambda request: setattr(request.stages[3].timeout, "nanos", 1_000_000_000),
    "stages[3].heartbeat_timeout": lambda request: setattr(
        request.stages[3].heartbeat_timeout, "seconds", 315_576_000_001
    ),
    "stages[1].retry.max_attempts": lambda request: setattr(request.stages[1].retry, "max_attempts", 0),
    "stages[1].retry.multiplier": lambda request: setattr(request.stages[1].retry, "multiplier", math.nan),
    "stages[1].retry.initial_backoff": lambda request: setattr(request.stages[1].retry.initial_backoff, "seconds", -1),
    "stages[1].retry.max_backoff": lambda request: setattr(request.stages[1].retry.max_backoff, "seconds", 400_000_000),
    "stages[1].retry.retry_on[1]": lambda request: _set_cause(request, 1, 7),
    "stages[1].retry.retry_on[0]": lambda request: _set_cause(request, 0),
    "checks[0].options.env[1].LEVEL": lambda request: request.checks[0].options.update(
        {"env": [1, {"LEVEL": math.inf}]}
    ),
    "stages[0].args.x": lambda request: request.stages[0].args.update({"x": math.nan}),
    "checks[0].result.data.x": lambda request: request.checks[0].result.data.update({"x": math.nan}),
    "stages[0].current_attempt.state": lambda request: setattr(request.stages[0].current_attempt, "state", 60),
    "stages[0].current_attempt.details.x": lambda request: request.stages[0].current_attempt.details.update(
        {"x": -math.inf}
    ),
    "stages[0].current_attempt.progress.percent": lambda request: setattr(
        request.stages[0].current_attempt.progress, "percent", 101
    ),
    "stages[0].current_attempt.progress.timestamp": lambda request: setattr(
        request.stages[0].current_attempt.progress.timestamp, "nanos", -1
    ),
    "stages[0].current_attempt.progress.details.x": lambda request: request.stages[
        0
    ].current_attempt.progress.details.update({"x": math.nan}),
}


@pytest.mark.parametrize("path", REFUSALS)
def test_write_is_refused_with_the_path(path: str) -> None:
    """Each senseless field of a write is refused, and the error has its path within the request."""
    request = _request()
    writes.node_writes(request)
    REFUSALS[path](request)
    with pytest.raises(InvalidArgument) as caught:
        writes.node_writes(request)
    assert caught.value.field == path


def test_path_keeps_the_class() -> None:
    """An error that gets a longer path stays what it is."""
    request = _request()
    request.stages[1].id = ""
    with pytest.raises(EmptyIdError, match="stage id is empty"):
        writes.node_writes(request)


OTHERS: dict[str, tuple[Callable[..., object], Message]] = {
    "progress_percent": (executions.progress, service_pb2.UpdateStageExecutionRequest(progress_percent=101)),
    "check_updates[0].check_id": (
        executions.answer,
        stagerunner_pb2.RunResponse(check_updates=[stagerunner_pb2.CheckUpdate()]),
    ),
    "stage_state": (
        executions.answer,
        service_pb2.CompleteStageExecutionRequest(stage_state=77),  # type: ignore[arg-type]
    ),
    "supported_modes[1]": (
        runners.registration,
        service_pb2.RegisterStageRunnerRequest(runner_id="r", runner_type="t", supported_modes=[1, 5]),  # type: ignore[list-item]
    ),
    "runner_id": (runners.registration, service_pb2.RegisterStageRunnerRequest(runner_type="t")),
    "check_states[0]": (queries.node_query, service_pb2.QueryNodesRequest(check_states=[11])),  # type: ignore[list-item]
    "stage_ids[1]": (queries.node_query, service_pb2.QueryNodesRequest(stage_ids=["a", ""])),
    "stage_state_filter[0]": (
        events.event_filter,
        service_pb2.WatchWorkPlanRequest(stage_state_filter=[0]),  # type: ignore[list-item]
    ),
    "check_ids[0]": (reasons.explained_nodes, service_pb2.ExplainNodesRequest(check_ids=["\x7f"])),
    "reasons[0].kind": (
        reasons.explanation,
        service_pb2.ExplainNodesResponse(reasons=[service_pb2.WaitReason(kind="moon phase")]),
    ),
    "event": (events.event, service_pb2.WorkPlanEvent(sequence=7)),
    "check_event.new_state": (
        events.event,
        service_pb2.WorkPlanEvent(check_event=service_pb2.CheckEvent(check_id="c")),
    ),
    "stage_event.stage.state": (
        events.event,
        service_pb2.WorkPlanEvent(
            stage_event=service_pb2.StageEvent(stage_id="s", new_state=40, stage=stage_pb2.Stage())  # type: ignore[arg-type]
        ),
    ),
}


@pytest.mark.parametrize("path", OTHERS)
def test_message_is_refused_with_the_path(path: str) -> None:
    """Each senseless field of the other messages is refused with its path."""
    decode, message = OTHERS[path]
    with pytest.raises(InvalidArgument) as caught:
        decode(message)
    assert caught.value.field == path


def test_unset_means_what_the_contract_says() -> None:
    """Fields that a bare client leaves out get the documented defaults."""
    request = service_pb2.WriteNodesRequest()
    request.stages.add(id="s").assignments.add(target_check_id="c")
    request.stages[0].dependencies.dependencies.add(target_id="c")
    request.stages[0].retry.SetInParent()
    stage = writes.node_writes(request).stages[0]
    assert repr(stage.assignments) == "(Assignment(target_check_id='c', goal_state=<CheckState.FINAL: 40>),)"
    assert stage == StageWrite(
        id="s", assignments=stage.assignments, dependencies=stage.dependencies, retry=stage.retry
    )
    assert stage.dependencies is not None
    assert [(str(edge.target), edge.when.name) for edge in stage.dependencies.dependencies] == [
        ("check 'c'", "SUCCEEDED")
    ]
    assert stage.dependencies.predicate.name == "AND"
    assert stage.retry is not None
    assert (stage.retry.max_attempts, stage.retry.initial_backoff, stage.retry.retry_on.name) == (3, 1.0, "LOST")


def test_check_options_are_matched_by_id() -> None:
    """A runner gets every assigned check once, with its options wherever they stand, or without."""
    message = stagerunner_pb2.RunRequest(assigned_check_ids=["a", "b", "a"])
    message.check_options.add(check_id="b", kind="build").options.update({"x": 1})
    message.check_options.add(check_id="z")
    checks = executions.execution(message).checks
    assert [(check.check_id, check.kind, dict(check.options)) for check in checks] == [
        ("a", "", {}),
        ("b", "build", {"x": 1}),
    ]


@pytest.mark.parametrize(
    "send",
    [
        lambda: writes.write_nodes_request("p", [CheckWrite(id="c", expected_version=2**63)]),
        lambda: writes.write_nodes_request("p", stages=[StageWrite(id="s", priority=2**31)]),
        lambda: writes.write_nodes_request("p", [CheckWrite(id="c", kind="\ud800")]),
        lambda: executions.run_response(Answer(check_updates=(CheckUpdate(check_id="\ud800"),))),
        lambda: executions.complete_request("e", Answer(failure="\udfff")),
        lambda: executions.update_request("e", ProgressEntry(percent=101)),
        lambda: runners.registration_message(
            RunnerRegistration(runner_id="r", runner_type="t", address=":1", max_concurrent=2**40)
        ),
    ],
)
def test_value_that_no_message_can_carry_is_refused(send: Callable[[], object]) -> None:
    """A value that does not fit into its field is refused before it is sent, with an error of ours."""
    with pytest.raises(InvalidArgument):
        send()
