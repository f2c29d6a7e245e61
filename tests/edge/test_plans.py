"""Calls about plans: listed, released, deleted."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from tests.edge.conftest import Client
from tests.edge.recorded import RecordedCalls
from turboci.errors import EmptyIdError, InvalidArgument
from turboci.plans import DeletedPlans
from turboci.states import PlanStatus
from turboci.v1 import workplan_pb2
from turboci.wire.methods import ORCHESTRATOR, Method
from turboci.wire.plans import delete_request, deleted_plans, list_request, plan_page

RPC = ORCHESTRATOR


async def test_calls_about_plans_hand_their_requests_on(calls: RecordedCalls, client: Client) -> None:
    """The values arrive, and the answers come back."""
    page = plan_page(
        await client.call(RPC.list_work_plans, list_request((PlanStatus.STALLED, PlanStatus.EMPTY), "ci", 7, "t"))
    )
    assert ([plan.id for plan in page.plans], page.next_page_token) == (["plan-1"], "more")
    released = await client.call(RPC.release_work_plan, workplan_pb2.ReleaseWorkPlanRequest(work_plan_id="p"))
    assert released.work_plan.id == "p"
    deleted = await client.call(RPC.delete_work_plans, delete_request(1.5, 3, dry_run=True))
    assert deleted_plans(deleted) == DeletedPlans(plans=1, checks=2, stages=3)
    assert calls.asked == [
        ("list_work_plans", (PlanStatus.STALLED, PlanStatus.EMPTY), "ci", 7, "t"),
        ("release_work_plan", "p"),
        ("delete_work_plans", 1.5, 3, True),
    ]


async def test_empty_requests_mean_the_defaults(calls: RecordedCalls, client: Client) -> None:
    """A page has 100 plans of all kinds; everything that is finished is deleted."""
    await client.call(RPC.list_work_plans, workplan_pb2.ListWorkPlansRequest())
    await client.call(RPC.delete_work_plans, workplan_pb2.DeleteWorkPlansRequest())
    assert calls.asked == [("list_work_plans", (), "", 100, ""), ("delete_work_plans", 0.0, 0, False)]


@pytest.mark.parametrize(
    ("method", "request_", "error", "field"),
    [
        (RPC.list_work_plans, list_request((), "", 1_001, ""), InvalidArgument, "page_size"),
        (RPC.list_work_plans, list_request((), "", -1, ""), InvalidArgument, "page_size"),
        (RPC.list_work_plans, workplan_pb2.ListWorkPlansRequest(statuses=[1, 77]), InvalidArgument, "statuses[1]"),  # type: ignore[list-item]
        (RPC.list_work_plans, workplan_pb2.ListWorkPlansRequest(statuses=[0]), InvalidArgument, "statuses[0]"),  # type: ignore[list-item]
        (RPC.release_work_plan, workplan_pb2.ReleaseWorkPlanRequest(), EmptyIdError, "work_plan_id"),
        (RPC.delete_work_plans, delete_request(0.0, -1, dry_run=False), InvalidArgument, "keep"),
        (RPC.delete_work_plans, delete_request(-1.0, 0, dry_run=False), InvalidArgument, "older_than"),
        (
            RPC.delete_work_plans,
            workplan_pb2.DeleteWorkPlansRequest(older_than=Duration(seconds=2**62)),
            InvalidArgument,
            "older_than",
        ),
    ],
)
async def test_senseless_requests_are_refused(
    method: Method[Any, Any],
    request_: Message,
    error: type[Exception],
    field: str,
    calls: RecordedCalls,
    client: Client,
) -> None:
    """With the path of the field, and without reaching the orchestrator."""
    refusal = await client.refused(method, request_)
    assert type(refusal) is error
    assert isinstance(refusal, InvalidArgument)
    assert refusal.field == field
    assert calls.asked == []
