"""Why nodes wait."""

from __future__ import annotations

from collections.abc import Iterable

from turboci.dependencies import NodeKind, NodeRef
from turboci.errors import InvalidArgument
from turboci.ids import require_id
from turboci.reasons import Explanation, Reason, ReasonKind, StoppingAttempt
from turboci.v1 import service_pb2
from turboci.wire import enums, times
from turboci.wire.dependencies import dependency, dependency_message
from turboci.wire.paths import each


def explain_request(work_plan_id: str, nodes: Iterable[NodeRef] = ()) -> service_pb2.ExplainNodesRequest:
    """Return the request that asks why nodes wait; without nodes, all that do."""
    asked = tuple(nodes)
    return service_pb2.ExplainNodesRequest(
        work_plan_id=work_plan_id,
        check_ids=[node.id for node in asked if node.kind is NodeKind.CHECK],
        stage_ids=[node.id for node in asked if node.kind is NodeKind.STAGE],
    )


def explained_nodes(message: service_pb2.ExplainNodesRequest) -> tuple[NodeRef, ...]:
    """Return the nodes that are asked about; none means all.

    Raises:
        InvalidArgument: An id is none.
    """
    checks = each(lambda name: NodeRef(NodeKind.CHECK, require_id(name, "check")), message.check_ids, "check_ids")
    stages = each(lambda name: NodeRef(NodeKind.STAGE, require_id(name, "stage")), message.stage_ids, "stage_ids")
    return checks + stages


def explanation(message: service_pb2.ExplainNodesResponse) -> Explanation:
    """Return why nodes wait.

    Raises:
        InvalidArgument: A word or number is not listed.
    """
    return Explanation(
        each(_reason, message.reasons, "reasons"), message.stalled, each(_stopping, message.stopping, "stopping")
    )


def explanation_message(explanation: Explanation) -> service_pb2.ExplainNodesResponse:
    """Return the message for why nodes wait."""
    return service_pb2.ExplainNodesResponse(
        reasons=[_reason_message(reason) for reason in explanation.reasons],
        stalled=explanation.stalled,
        stopping=[_stopping_message(attempt) for attempt in explanation.stopping],
    )


def _reason(message: service_pb2.WaitReason) -> Reason:
    try:
        kind = ReasonKind(message.kind)
    except ValueError:
        raise InvalidArgument("kind", f"is {message.kind!r}", hint="update this client", field="kind") from None
    return Reason(
        NodeRef(enums.node_kind(message.node_type, "node_type"), message.node_id),
        kind,
        message.text,
        each(dependency, message.waits_for, "waits_for"),
    )


def _reason_message(reason: Reason) -> service_pb2.WaitReason:
    return service_pb2.WaitReason(
        node_type=enums.NODE_KINDS[reason.node.kind],
        node_id=reason.node.id,
        kind=reason.kind.value,
        text=reason.text,
        waits_for=[dependency_message(edge) for edge in reason.waits_for],
    )


def _stopping(message: service_pb2.StoppingAttempt) -> StoppingAttempt:
    return StoppingAttempt(
        stage_id=message.stage_id,
        attempt=message.attempt_idx,
        runner_id=message.runner_id,
        asked_at=times.moment(message.asked_at, "asked_at"),
    )


def _stopping_message(attempt: StoppingAttempt) -> service_pb2.StoppingAttempt:
    return service_pb2.StoppingAttempt(
        stage_id=attempt.stage_id,
        attempt_idx=attempt.attempt,
        runner_id=attempt.runner_id,
        asked_at=times.timestamp(attempt.asked_at),
    )
