"""A client that has nothing but the address: it learns the contract from the server by reflection."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent import futures
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from tests.e2e.contract import PATIENCE
from tests.e2e.servers import ServerProcess

SERVICE = "turboci.v1.TurboCIOrchestrator"


class Reflected:
    """Calls with JSON in and JSON out, as grpcurl does."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.channel = channel
        self.database = ProtoReflectionDescriptorDatabase(channel)
        self.pool = DescriptorPool(self.database)

    def call(self, method: str, request: dict[str, Any]) -> dict[str, Any]:
        """Make a unary call of the orchestrator."""
        found = self.pool.FindServiceByName(SERVICE).FindMethodByName(method)
        message = json_format.ParseDict(request, GetMessageClass(found.input_type)())
        send: Any = self.channel.unary_unary(
            f"/{SERVICE}/{method}",
            request_serializer=lambda each: each.SerializeToString(),
            response_deserializer=GetMessageClass(found.output_type).FromString,
        )
        return as_json(send(message, timeout=PATIENCE))

    def runner(self, answers: dict[str, Any]) -> grpc.GenericRpcHandler:
        """Return a StageRunner whose answers are given in JSON by method."""
        service = self.pool.FindServiceByName("turboci.v1.StageRunner")
        handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
        for name, answer in answers.items():
            method = service.FindMethodByName(name)
            response = json_format.ParseDict(answer, GetMessageClass(method.output_type)())
            handlers[name] = grpc.unary_unary_rpc_method_handler(
                partial(always, response),
                request_deserializer=GetMessageClass(method.input_type).FromString,
                response_serializer=lambda each: each.SerializeToString(),
            )
        return grpc.method_handlers_generic_handler(service.full_name, handlers)


def always(response: Message, request: Message, context: grpc.ServicerContext) -> Message:
    return response


def as_json(message: Any) -> dict[str, Any]:
    found: dict[str, Any] = json_format.MessageToDict(message, preserving_proto_field_name=True)
    return found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path) as server:
        yield server


@pytest.fixture
def reflected(server: ServerProcess) -> Iterator[Reflected]:
    with grpc.insecure_channel(server.address) as channel:
        yield Reflected(channel)


def test_the_server_lists_its_services(reflected: Reflected) -> None:
    """Reflection names the orchestrator, health and itself."""
    assert {SERVICE, "grpc.health.v1.Health"} <= set(reflected.database.get_services())


def test_the_server_says_that_it_is_healthy(reflected: Reflected) -> None:
    """The standard health service answers SERVING for the whole server and for the orchestrator."""
    check = reflected.pool.FindServiceByName("grpc.health.v1.Health").FindMethodByName("Check")
    send: Any = reflected.channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=lambda each: each.SerializeToString(),
        response_deserializer=GetMessageClass(check.output_type).FromString,
    )
    for name in ("", SERVICE):
        assert as_json(send(GetMessageClass(check.input_type)(service=name), timeout=PATIENCE)) == {"status": "SERVING"}


def test_a_plan_runs_by_reflection_alone(reflected: Reflected) -> None:
    """Descriptors from the server are enough to create a plan, write nodes, serve a runner and see it all finish."""
    answer = {"check_id": "build", "state": "CHECK_STATE_FINAL", "finalize": True, "result_data": {"artifact": "a.tar"}}
    runner = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    runner.add_generic_rpc_handlers(
        (reflected.runner({"Run": {"stage_state": "STAGE_STATE_FINAL", "check_updates": [answer]}}),)
    )
    port = runner.add_insecure_port("127.0.0.1:0")
    runner.start()
    try:
        plan = reflected.call("CreateWorkPlan", {})["work_plan"]["id"]
        reflected.call(
            "RegisterStageRunner",
            {
                "runner_id": "test-runner", "runner_type": "build_executor", "address": f"localhost:{port}",
                "supported_modes": ["EXECUTION_MODE_SYNC"], "max_concurrent": 5, "ttl_seconds": 300,
            },
        )  # fmt: skip
        (listed,) = reflected.call("ListStageRunners", {})["runners"]
        reflected.call(
            "WriteNodes",
            {
                "work_plan_id": plan,
                "checks": [{"id": "build"}],
                "stages": [
                    {
                        "id": "build-stage",
                        "runner_type": "build_executor",
                        "execution_mode": "EXECUTION_MODE_SYNC",
                        "assignments": [{"target_check_id": "build", "goal_state": "CHECK_STATE_FINAL"}],
                    }
                ],
            },
        )
        finished = poll(reflected, plan)
    finally:
        runner.stop(None).wait()
    assert listed["runner_id"] == "test-runner"
    assert finished["results"][0]["data"] == {"artifact": "a.tar"}
    assert finished["outcome"] == "OUTCOME_SUCCEEDED"


def poll(reflected: Reflected, plan: str) -> dict[str, Any]:
    """Return the check when it is FINAL."""
    end = time.monotonic() + PATIENCE
    while True:
        (found,) = reflected.call("QueryNodes", {"work_plan_id": plan, "include_checks": True})["checks"]
        if found["state"] == "CHECK_STATE_FINAL":
            return dict(found)
        assert time.monotonic() < end, found
        time.sleep(0.02)
