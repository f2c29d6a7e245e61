"""Requests that make no sense, drawn from a seeded generator: one function for each way of being wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from google.protobuf.message import Message

from tests.e2e.contract import check, needs, stage, struct
from turboci.v1 import check_pb2, common_pb2, service_pb2, stage_pb2, workplan_pb2

METHODS: dict[str, type[Message]] = {
    "CreateWorkPlan": workplan_pb2.CreateWorkPlanRequest,
    "GetWorkPlan": workplan_pb2.GetWorkPlanRequest,
    "WriteNodes": service_pb2.WriteNodesRequest,
    "QueryNodes": service_pb2.QueryNodesRequest,
    "RegisterStageRunner": service_pb2.RegisterStageRunnerRequest,
    "UnregisterStageRunner": service_pb2.UnregisterStageRunnerRequest,
    "ListStageRunners": service_pb2.ListStageRunnersRequest,
    "UpdateStageExecution": service_pb2.UpdateStageExecutionRequest,
    "CompleteStageExecution": service_pb2.CompleteStageExecutionRequest,
    "WatchWorkPlan": service_pb2.WatchWorkPlanRequest,
    "CancelWorkPlan": workplan_pb2.CancelWorkPlanRequest,
    "ExplainNodes": service_pb2.ExplainNodesRequest,
}


@dataclass(frozen=True)
class Senseless:
    """One request that has to be refused."""

    method: str
    request: bytes
    why: str


@dataclass(frozen=True)
class Target:
    """A plan with a check `done` that is FINAL, and a check `held` that waits for a check `missing`.

    The stage `waiting`, which answers `held`, waits with it.
    """

    plan: str


Call: TypeAlias = tuple[str, Message]
Node: TypeAlias = check_pb2.CheckWrite | stage_pb2.StageWrite
Draw: TypeAlias = Callable[[random.Random, Target], tuple[str, Message | bytes]]


def draw(number: int, target: Target, *, seed: int) -> list[Senseless]:
    """Return so many requests, of all kinds by turns."""
    source = random.Random(seed)
    drawn = []
    for index in range(number):
        kind = KINDS[index % len(KINDS)]
        method, request = kind(source, target)
        encoded = request if isinstance(request, bytes) else request.SerializeToString()
        drawn.append(Senseless(method, encoded, f"{index} {kind.__name__} {request!r:.200}"))
    return drawn


def broken_bytes(source: random.Random, target: Target) -> tuple[str, bytes]:
    """Bytes that are no message: cut off, of an unknown wire type, or text that is not UTF-8."""
    method = source.choice(sorted(METHODS))
    broken = [
        b"\x0a\xff" + source.randbytes(3),  # a field that claims more bytes than there are
        b"\x80" * 11,  # a tag without an end
        b"\x0f" + source.randbytes(5),  # a wire type that does not exist
        b"\x0a\x02\xc3\x28" if method != "CreateWorkPlan" else b"\x0a\x04\x0a\x02\xc3\x28",  # not UTF-8
        source.randbytes(source.randint(20, 200)) + b"\xff",
    ]
    return method, source.choice(broken)


def wrong_id(source: random.Random) -> str:
    return source.choice(["", "x" * (1 << 20), "x" * 256, "a\x00b", "a\nb", "\x7f", "é" * 128, "\u2028"])


def bad_plan_id(source: random.Random, target: Target) -> Call:
    """Calls that name a plan by something that is no id."""
    bad = wrong_id(source)
    calls: list[Call] = [
        ("GetWorkPlan", workplan_pb2.GetWorkPlanRequest(id=bad)),
        ("QueryNodes", service_pb2.QueryNodesRequest(work_plan_id=bad)),
        ("WatchWorkPlan", service_pb2.WatchWorkPlanRequest(work_plan_id=bad)),
        ("CancelWorkPlan", workplan_pb2.CancelWorkPlanRequest(work_plan_id=bad)),
        ("ExplainNodes", service_pb2.ExplainNodesRequest(work_plan_id=bad)),
        ("WriteNodes", service_pb2.WriteNodesRequest(work_plan_id=bad, checks=[check("fine")])),
    ]
    return source.choice(calls)


def unknown_plan(source: random.Random, target: Target) -> Call:
    """Calls that name a plan, a registration or an execution that does not exist."""
    id = f"{source.randrange(1 << 64):x}"
    calls: list[Call] = [
        ("GetWorkPlan", workplan_pb2.GetWorkPlanRequest(id=id)),
        ("QueryNodes", service_pb2.QueryNodesRequest(work_plan_id=id)),
        ("WatchWorkPlan", service_pb2.WatchWorkPlanRequest(work_plan_id=id)),
        ("CancelWorkPlan", workplan_pb2.CancelWorkPlanRequest(work_plan_id=id)),
        ("ExplainNodes", service_pb2.ExplainNodesRequest(work_plan_id=id)),
        ("WriteNodes", service_pb2.WriteNodesRequest(work_plan_id=id, checks=[check("fine")])),
        ("UnregisterStageRunner", service_pb2.UnregisterStageRunnerRequest(registration_id=id)),
        ("UpdateStageExecution", service_pb2.UpdateStageExecutionRequest(execution_id=id, progress_percent=5)),
        ("CompleteStageExecution", service_pb2.CompleteStageExecutionRequest(execution_id=id)),
    ]
    return source.choice(calls)


def write(target: Target, *nodes: Node) -> Call:
    """Return a write of the nodes, with a harmless one in front that must not come into being."""
    request = service_pb2.WriteNodesRequest(work_plan_id=target.plan, checks=[check("bystander")])
    for node in nodes:
        if isinstance(node, check_pb2.CheckWrite):
            request.checks.append(node)
        else:
            request.stages.append(node)
    return "WriteNodes", request


def bad_node_id(source: random.Random, target: Target) -> Call:
    """Nodes, edges, assignments, runner types and parents whose ids are none."""
    bad = wrong_id(source)
    named = bad or "\n"  # where empty means "not given"
    nodes: list[Node] = [
        check(bad),
        stage(bad, "worker"),
        stage("new", named),
        stage("new", "worker", bad),
        stage("new", "worker", parent_stage_id=named),
        check("new", dependencies=needs(checks=[bad])),
        stage("new", "worker", dependencies=needs(stages=[bad])),
    ]
    return write(target, source.choice(nodes))


def bad_runner(source: random.Random, target: Target) -> Call:
    """Registrations that nobody could use."""
    good: dict[str, Any] = {"runner_id": "runner", "runner_type": "worker", "address": "localhost:5000"}
    faults: list[dict[str, Any]] = [
        {"runner_id": wrong_id(source)},
        {"runner_type": wrong_id(source)},
        {"address": source.choice(["", "localhost", "localhost:", "localhost:http", "localhost:70000", "a b:1"])},
        {"max_concurrent": -source.randint(1, 1 << 31)},
        {"ttl_seconds": -source.randint(1, 1 << 62)},
        {"supported_modes": [unknown_enum(source)]},
    ]
    return "RegisterStageRunner", service_pb2.RegisterStageRunnerRequest(**{**good, **source.choice(faults)})


def unknown_enum(source: random.Random) -> Any:
    return source.choice([3, 15, 99, -1, (1 << 31) - 1, -(1 << 31)])


def bad_enum(source: random.Random, target: Target) -> Call:
    """Enum values that the contract does not have."""
    value = unknown_enum(source)
    answers = [stage_pb2.Assignment(target_check_id="held", goal_state=value)]
    edges = [common_pb2.Dependency(target_id="held", target_type=value)]
    conditions = [common_pb2.Dependency(target_id="held", condition=7 + abs(value) % 1000)]
    nodes: list[Node] = [
        check("new", state=value),
        stage("new", "worker", state=value),
        stage("new", "worker", mode=value),
        stage_pb2.StageWrite(id="new", runner_type="worker", assignments=answers),
        check("new", dependencies=needs(checks=["held"], predicate=value)),
        check("new", dependencies=common_pb2.DependencyGroup(dependencies=edges)),
        check("new", dependencies=common_pb2.DependencyGroup(dependencies=conditions)),
        stage("new", "worker", retry=common_pb2.RetryPolicy(retry_on=[value])),
    ]
    return write(target, source.choice(nodes))


def bad_filter(source: random.Random, target: Target) -> Call:
    """Unknown states in filters."""
    bad: Any = [unknown_enum(source)]
    calls: list[Call] = [
        ("QueryNodes", service_pb2.QueryNodesRequest(work_plan_id=target.plan, check_states=bad)),
        ("QueryNodes", service_pb2.QueryNodesRequest(work_plan_id=target.plan, stage_states=bad)),
        ("WatchWorkPlan", service_pb2.WatchWorkPlanRequest(work_plan_id=target.plan, check_state_filter=bad)),
        ("WatchWorkPlan", service_pb2.WatchWorkPlanRequest(work_plan_id=target.plan, stage_state_filter=bad)),
        ("WatchWorkPlan", service_pb2.WatchWorkPlanRequest(work_plan_id=target.plan, after_sequence=-5)),
    ]
    return source.choice(calls)


def no_number(source: random.Random, target: Target) -> Call:
    """NaN and infinities, at any depth."""
    number = source.choice([float("nan"), float("inf"), float("-inf")])
    bad = source.choice(
        [
            struct({"x": number}),
            struct({"deep": {"er": [1, {"x": number}]}}),
        ]
    )
    nodes: list[Node] = [
        check("new", options=bad),
        stage("new", "worker", args=bad),
        check("new", result=check_pb2.CheckResultWrite(owner_id="me", data=bad)),
        stage("new", "worker", retry=common_pb2.RetryPolicy(multiplier=number)),
    ]
    return write(target, source.choice(nodes))


def too_deep(source: random.Random, target: Target) -> tuple[str, bytes]:
    """Payloads nested deeper than parsers go; encoded by hand, because ours refuse to write them."""
    value = b"\x08\x00"
    for _ in range(source.randint(150, 400)):
        inner = field(1, value)
        value = field(6, inner)
    options = field(1, field(1, b"x") + field(2, value))
    return "WriteNodes", field(1, target.plan.encode()) + field(2, field(1, b"new") + field(4, options))


def field(number: int, content: bytes) -> bytes:
    """Encode one length-delimited field."""
    size, digits = len(content), bytearray()
    while size > 127:
        digits.append(size & 127 | 128)
        size >>= 7
    return bytes([number << 3 | 2, *digits, size]) + content


def cycle(source: random.Random, target: Target) -> Call:
    """Rings of edges, in one call and with what is written already."""
    names = [f"ring-{number}" for number in range(source.randint(1, 40))]
    pairs = list(zip(names, names[1:] + names[:1], strict=True))
    source.shuffle(pairs)
    rings: list[list[Node]] = [
        [check(name, dependencies=needs(checks=[after])) for name, after in pairs],
        [stage(name, "worker", dependencies=needs(stages=[after])) for name, after in pairs],
        [check("missing", dependencies=needs(checks=["held"]))],
        [check("missing", dependencies=needs(stages=["waiting"]))],
        [check("c"), stage("s", "worker", "c", dependencies=needs(checks=["c"]))],
        [
            stage("parent", "worker"),
            stage("child", "worker", parent_stage_id="parent", dependencies=needs(stages=["parent"])),
        ],
    ]
    return write(target, *source.choice(rings))


def backwards(source: random.Random, target: Target) -> Call:
    """States that cannot be reached from where the node is, and changes of what is locked."""
    mine = stage_pb2.AttemptWrite(state=common_pb2.ATTEMPT_STATE_RUNNING, process_uid="me")
    nodes: list[Node] = [
        check("done", state=common_pb2.CHECK_STATE_PLANNING),
        check("done", state=common_pb2.CHECK_STATE_WAITING),
        check("done", state=0, options=struct({"new": 1})),
        check("done", state=0, dependencies=needs(checks=["held"])),
        check("done", state=0, result=check_pb2.CheckResultWrite(owner_id="late", data=struct({"x": 1}))),
        check("held", state=common_pb2.CHECK_STATE_PLANNING),
        check("held", state=common_pb2.CHECK_STATE_WAITING),
        check("held", state=0, options=struct({"new": 1})),
        check("held", state=0, dependencies=needs(checks=["done"])),
        stage("waiting", "worker", state=common_pb2.STAGE_STATE_ATTEMPTING),
        stage("waiting", "worker", state=common_pb2.STAGE_STATE_AWAITING_GROUP),
        stage("waiting", "worker", state=common_pb2.STAGE_STATE_FINAL),
        stage("waiting", "worker", current_attempt=mine),
        stage("new", "worker", parent_stage_id="no-such-stage"),
    ]
    return write(target, source.choice(nodes))


def out_of_range(source: random.Random, target: Target) -> Call:
    """Numbers and times that mean nothing."""
    group = needs(checks=["held", "done"])
    group.threshold = source.choice([0, -1, 3, 1 << 30])
    nodes: list[Node] = [
        check("new", dependencies=group),
        stage("new", "worker", timeout={"seconds": -1}),
        stage("new", "worker", timeout={"seconds": 1 << 60}),
        stage("new", "worker", timeout={"nanos": -1}),
        stage("new", "worker", heartbeat_timeout={"seconds": -source.randint(1, 1 << 40)}),
        stage("new", "worker", retry=common_pb2.RetryPolicy(max_attempts=-source.randint(0, 1 << 31))),
        stage("new", "worker", retry=common_pb2.RetryPolicy(multiplier=-1.0)),
        stage("new", "worker", retry=common_pb2.RetryPolicy(initial_backoff={"seconds": -1})),
        stage("new", "worker", retry=common_pb2.RetryPolicy(max_backoff={"seconds": 1 << 50})),
        check("held", expected_version=0, state=common_pb2.CHECK_STATE_FINAL),
        check("held", expected_version=1 << 40, state=common_pb2.CHECK_STATE_FINAL),
        check("new", expected_version=source.randint(1, 1 << 40)),
    ]
    return write(target, source.choice(nodes))


def bad_report(source: random.Random, target: Target) -> Call:
    """Progress and completions that fit no attempt."""
    calls: list[Call] = [
        ("UpdateStageExecution", service_pb2.UpdateStageExecutionRequest(execution_id=wrong_id(source))),
        ("UpdateStageExecution", service_pb2.UpdateStageExecutionRequest(execution_id="x", progress_percent=-1)),
        ("UpdateStageExecution", service_pb2.UpdateStageExecutionRequest(execution_id="x", progress_percent=101)),
        ("CompleteStageExecution", service_pb2.CompleteStageExecutionRequest(execution_id=wrong_id(source))),
        (
            "CompleteStageExecution",
            service_pb2.CompleteStageExecutionRequest(execution_id="x", stage_state=unknown_enum(source)),
        ),
        ("UnregisterStageRunner", service_pb2.UnregisterStageRunnerRequest(registration_id=wrong_id(source))),
    ]
    return source.choice(calls)


KINDS: tuple[Draw, ...] = (
    broken_bytes,
    bad_plan_id,
    unknown_plan,
    bad_node_id,
    bad_runner,
    bad_enum,
    bad_filter,
    no_number,
    too_deep,
    cycle,
    backwards,
    out_of_range,
    bad_report,
)
