"""Which nodes a query asks for."""

from __future__ import annotations

from turboci.ids import require_id
from turboci.queries import NodeQuery
from turboci.v1 import service_pb2
from turboci.wire import enums
from turboci.wire.paths import each


def node_query(message: service_pb2.QueryNodesRequest) -> NodeQuery:
    """Return which nodes are asked for.

    Raises:
        InvalidArgument: An id is none, or a state is not listed.
    """
    neither = not message.include_checks and not message.include_stages
    return NodeQuery(
        check_ids=each(lambda name: require_id(name, "check"), message.check_ids, "check_ids"),
        stage_ids=each(lambda name: require_id(name, "stage"), message.stage_ids, "stage_ids"),
        check_states=each(lambda number: enums.check_state(number, ""), message.check_states, "check_states"),
        stage_states=each(lambda number: enums.stage_state(number, ""), message.stage_states, "stage_states"),
        include_checks=message.include_checks or neither,
        include_stages=message.include_stages or neither,
        page_size=message.page_size,
        page_token=message.page_token,
    )


def query_nodes_request(work_plan_id: str, query: NodeQuery) -> service_pb2.QueryNodesRequest:
    """Return the request for nodes; the contract cannot ask for neither checks nor stages, that gets both."""
    return service_pb2.QueryNodesRequest(
        work_plan_id=work_plan_id,
        check_ids=query.check_ids,
        stage_ids=query.stage_ids,
        check_states=[enums.CHECK_STATES[state] for state in query.check_states],
        stage_states=[enums.STAGE_STATES[state] for state in query.stage_states],
        include_checks=query.include_checks,
        include_stages=query.include_stages,
        page_size=query.page_size,
        page_token=query.page_token,
    )
