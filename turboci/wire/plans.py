"""Work plans by the page, and their deletion."""

from __future__ import annotations

from collections.abc import Collection

from turboci.plans import DeletedPlans, PlanPage
from turboci.states import PlanStatus
from turboci.v1 import workplan_pb2
from turboci.wire import enums, times
from turboci.wire.nodes import work_plan, work_plan_message
from turboci.wire.paths import each


def list_request(
    statuses: Collection[PlanStatus], name: str, page_size: int, page_token: str
) -> workplan_pb2.ListWorkPlansRequest:
    """Return the request for a page of plans."""
    return workplan_pb2.ListWorkPlansRequest(
        statuses=[enums.PLAN_STATUSES[status] for status in statuses],
        name=name,
        page_size=page_size,
        page_token=page_token,
    )


def wanted_statuses(message: workplan_pb2.ListWorkPlansRequest) -> tuple[PlanStatus, ...]:
    """Return the statuses that a page is asked for; none means all.

    Raises:
        InvalidArgument: One is not listed.
    """
    return each(lambda number: enums.wanted_plan_status(number, ""), message.statuses, "statuses")


def plan_page(message: workplan_pb2.ListWorkPlansResponse) -> PlanPage:
    """Return a page.

    Raises:
        InvalidArgument: A value is out of range or not listed.
    """
    return PlanPage(
        plans=each(work_plan, message.work_plans, "work_plans"),
        next_page_token=message.next_page_token,
    )


def plan_page_message(page: PlanPage) -> workplan_pb2.ListWorkPlansResponse:
    """Return the message for a page."""
    return workplan_pb2.ListWorkPlansResponse(
        work_plans=[work_plan_message(plan) for plan in page.plans], next_page_token=page.next_page_token
    )


def delete_request(older_than: float, keep: int, *, dry_run: bool) -> workplan_pb2.DeleteWorkPlansRequest:
    """Return the request to delete finished plans.

    Raises:
        InvalidArgument: `older_than` is no length of time.
    """
    return workplan_pb2.DeleteWorkPlansRequest(
        older_than=times.duration(older_than, "older_than"), keep=keep, dry_run=dry_run
    )


def older_than(message: workplan_pb2.DeleteWorkPlansRequest) -> float:
    """Return how long ago plans must have finished to be deleted, in seconds; 0 means any time ago.

    Raises:
        InvalidArgument: It is out of range.
    """
    return times.seconds(message.older_than, "older_than") if message.HasField("older_than") else 0.0


def deleted_plans(message: workplan_pb2.DeleteWorkPlansResponse) -> DeletedPlans:
    """Return what was deleted."""
    return DeletedPlans(plans=message.plans, checks=message.checks, stages=message.stages)


def deleted_plans_message(deleted: DeletedPlans) -> workplan_pb2.DeleteWorkPlansResponse:
    """Return the message for what was deleted."""
    return workplan_pb2.DeleteWorkPlansResponse(plans=deleted.plans, checks=deleted.checks, stages=deleted.stages)
