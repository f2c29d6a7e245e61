"""Reads nodes as they are at one moment, all of them or page by page."""

from __future__ import annotations

from orchestrator.service import views
from orchestrator.service.paging import Place, place_of, token_of
from orchestrator.service.plans import require_plan
from orchestrator.storage.interface import Connection
from orchestrator.storage.tables import checks, stages
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.edges import CHECK, STAGE
from orchestrator.storage.tables.stages import StageRow
from turboci.nodes import Nodes
from turboci.queries import NodeQuery
from turboci.states import CheckState, StageState


def query_nodes(connection: Connection, work_plan_id: str, query: NodeQuery) -> Nodes:
    """Return nodes of a plan and the position from which to watch for what happens later.

    Checks come before stages, each in order of creation. On all pages of a query the position is that of the first
    one, so that a watch after it makes up for whatever changes while the pages are read.

    Raises:
        NotFound: There is no such plan.
        InvalidArgument: The page token is none, or of another query.
    """
    plan = require_plan(connection, work_plan_id)
    start = Place(CHECK, 0, plan.event_sequence)
    if query.page_token:
        start = place_of(query.page_token, work_plan_id, query)
    # One more than wanted: it tells whether there is another page.
    limit = query.page_size + 1 if query.page_size else -1
    check_rows = _checks(connection, plan.key, query, start, limit)
    if query.page_size:
        limit -= len(check_rows)
    stage_rows = _stages(connection, plan.key, query, start, limit)
    token = ""
    if query.page_size and len(check_rows) + len(stage_rows) > query.page_size:
        (stage_rows or check_rows).pop()
        last = Place(STAGE, stage_rows[-1].key, start.sequence) if stage_rows else None
        token = token_of(last or Place(CHECK, check_rows[-1].key, start.sequence), work_plan_id, query)
    return Nodes(
        checks=views.checks_of(connection, plan.id, check_rows),
        stages=views.stages_of(connection, plan.id, stage_rows),
        sequence=start.sequence,
        next_page_token=token,
    )


def _checks(connection: Connection, plan: int, query: NodeQuery, start: Place, limit: int) -> list[CheckRow]:
    if not query.include_checks or start.kind != CHECK:
        return []
    states = query.check_states or CheckState
    return checks.page(connection, plan, states, query.check_ids, after=start.key, limit=limit)


def _stages(connection: Connection, plan: int, query: NodeQuery, start: Place, limit: int) -> list[StageRow]:
    if not query.include_stages or not limit:
        return []
    states = query.stage_states or StageState
    after = start.key if start.kind == STAGE else 0
    return stages.page(connection, plan, states, query.stage_ids, after=after, limit=limit)
