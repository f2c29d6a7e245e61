"""Whatever is sent to the server, it says what is wrong with it, and nothing changes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import grpc

from tests.e2e.contract import PATIENCE, Client, check, needs, stage, struct
from tests.e2e.senseless import Senseless, Target, draw
from turboci.v1 import check_pb2, common_pb2, workplan_pb2

NUMBER = 1_000
REFUSALS = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.OUT_OF_RANGE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}


async def prepared(client: Client) -> Target:
    plan = await client.create_plan()
    result = check_pb2.CheckResultWrite(owner_id="me", data=struct({"fine": True}), finalize=True)
    await client.write(
        plan,
        [
            check("done", state=common_pb2.CHECK_STATE_FINAL, result=result),
            check("held", dependencies=needs(checks=["missing"])),
        ],
        [stage("waiting", "worker", "held")],
    )
    return Target(plan)


async def send(channel: grpc.aio.Channel, senseless: Senseless) -> tuple[grpc.StatusCode, str]:
    """Send the bytes as they are, and return the status and its text."""
    path = f"/turboci.v1.TurboCIOrchestrator/{senseless.method}"
    stream: Any = channel.unary_stream(path)
    call: Any = channel.unary_unary(path)
    try:
        if senseless.method == "WatchWorkPlan":
            await stream(senseless.request, timeout=PATIENCE).read()
        else:
            await call(senseless.request, timeout=PATIENCE)
    except grpc.aio.AioRpcError as error:
        return error.code(), error.details() or ""
    return grpc.StatusCode.OK, ""


async def everything(client: Client, target: Target) -> tuple[bytes, bytes, int]:
    """Return all that a request could have changed."""
    plan = await client.stub.GetWorkPlan(workplan_pb2.GetWorkPlanRequest(id=target.plan), timeout=PATIENCE)
    # Time alone makes it STALLED.
    plan.work_plan.ClearField("status")
    nodes = await client.query(target.plan)
    return plan.SerializeToString(deterministic=True), nodes.SerializeToString(deterministic=True), len(
        await client.runners()
    )  # fmt: skip


async def test_senseless_requests_are_refused_and_change_nothing(address: str) -> None:
    """A thousand senseless requests get a status that says whose fault it is, with a text, and leave no trace."""
    options = [("grpc.max_metadata_size", 4 << 20), ("grpc.absolute_max_metadata_size", 4 << 20)]
    async with grpc.aio.insecure_channel(address, options=options) as channel:
        client = Client(channel)
        target = await prepared(client)
        before = await everything(client, target)
        wrong, seen = [], Counter[grpc.StatusCode]()
        for senseless in draw(NUMBER, target, seed=20_261_122):
            code, text = await send(channel, senseless)
            seen[code] += 1
            if code not in REFUSALS or not text:
                wrong.append(f"{code.name} ({text[:100]!r}) for {senseless.method}: {senseless.why}")
        assert not wrong, f"{len(wrong)} of {NUMBER}; {seen}\n" + "\n".join(wrong[:40])
        assert await everything(client, target) == before
