"""Why nodes are not FINAL, and whether anything under way can change that."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from orchestrator.clock import moment
from orchestrator.service.plans import require_plan
from orchestrator.service.pool import Registered
from orchestrator.service.stalling import is_stalled
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import assignments, attempts, checks, edges, stages
from orchestrator.storage.tables.attempts import AttemptRow
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.edges import CHECK, OPEN, STAGE, EdgeRow
from orchestrator.storage.tables.plans import HELD, PlanRow
from orchestrator.storage.tables.stages import StageRow
from turboci.dependencies import Dependency, NodeKind, NodeRef, Resolution, When
from turboci.errors import NotFound
from turboci.reasons import Explanation, Reason, ReasonKind
from turboci.states import AttemptState, CheckState, StageState

_MICRO: Final = 1_000_000


def explain(uow: UnitOfWork, work_plan_id: str, nodes: Collection[NodeRef]) -> Explanation:
    """Say why nodes wait; without `nodes`, all that are not FINAL.

    Raises:
        NotFound: There is no such plan, or no such node.
    """
    plan = uow.adopt(require_plan(uow.session, work_plan_id))
    reasons: list[Reason] = []
    for check in _checks(uow, plan, nodes):
        reasons += _check_reasons(uow, check)
    for stage in _stages(uow, plan, nodes):
        reasons += _stage_reasons(uow, stage)
    return Explanation(tuple(reasons), stalled=is_stalled(uow.session, plan, uow.services.silent_since_us(uow.now_us)))


def _checks(uow: UnitOfWork, plan: PlanRow, nodes: Collection[NodeRef]) -> list[CheckRow]:
    if not nodes:
        return checks.of_plan(uow.session, plan.key)
    found = []
    for node in nodes:
        if node.kind is NodeKind.CHECK:
            row = checks.by_id(uow.session, plan.key, node.id)
            if row is None:
                raise NotFound(str(node), f"is not in work plan {plan.id!r}")
            found.append(row)
    return found


def _stages(uow: UnitOfWork, plan: PlanRow, nodes: Collection[NodeRef]) -> list[StageRow]:
    if not nodes:
        return stages.of_plan(uow.session, plan.key)
    found = []
    for node in nodes:
        if node.kind is NodeKind.STAGE:
            row = stages.by_id(uow.session, plan.key, node.id)
            if row is None:
                raise NotFound(str(node), f"is not in work plan {plan.id!r}")
            found.append(row)
    return found


def _check_reasons(uow: UnitOfWork, check: CheckRow) -> list[Reason]:
    node = NodeRef(NodeKind.CHECK, check.id)
    if check.state == CheckState.FINAL:
        return []
    if check.state == CheckState.PLANNED:
        waiting = _edge_reasons(uow, node, str(node), _open_edges(uow, CHECK, check.key), check.plan)
        if waiting:
            return waiting
        # Of a cancelled plan, whose edges decide nothing any more: a spared stage is to answer it.
    if check.state == CheckState.PLANNING:
        text = f"{node} is still PLANNING; whoever defines it has to move it to PLANNED"
        return [Reason(node, ReasonKind.CHECK_NOT_LOCKED, text)]
    assigned = stages.answering(uow.session, check.plan, check.id)
    open_stages = [stage for goal, stage in assigned if goal == CheckState.FINAL and stage.state != StageState.FINAL]
    if not open_stages and check.external:
        text = f"{node} is answered from outside: a person or another system writes its result"
        return [Reason(node, ReasonKind.EXTERNAL, text)]
    if not open_stages:
        text = f"no stage is assigned to {node}; assign one, or write a result and FINAL"
        return [Reason(node, ReasonKind.UNASSIGNED, text)]
    names = ", ".join(repr(stage.id) for stage in open_stages[:3])
    edge_list = tuple(Dependency(NodeRef(NodeKind.STAGE, stage.id), When.FINISHED) for stage in open_stages)
    return [Reason(node, ReasonKind.STAGES_OPEN, f"{node} waits for the answer of stage {names}", edge_list)]


def _stage_reasons(uow: UnitOfWork, stage: StageRow) -> list[Reason]:
    node = NodeRef(NodeKind.STAGE, stage.id)
    if stage.state == StageState.FINAL:
        return []
    if stage.state == StageState.PLANNED:
        return _waiting_reasons(uow, node, stage)
    if stage.state == StageState.AWAITING_GROUP:
        text = f"{node} waits for {stage.children_open} of its children"
        return [Reason(node, ReasonKind.CHILDREN_OPEN, text)]
    attempt = attempts.newest(uow.session, stage.key)
    return [] if attempt is None else [_attempt_reason(uow, node, stage, attempt)]


def _waiting_reasons(uow: UnitOfWork, node: NodeRef, stage: StageRow) -> list[Reason]:
    """Say which of its own edges, and which of those of the checks that it answers, hold a stage back."""
    found: list[Reason] = []
    # In a cancelled plan a spared stage waits for whatever else is spared, decided or not.
    if stage.group.resolution is Resolution.OPEN or uow.plan(stage.plan).cancelled_us is not None:
        found += _edge_reasons(uow, node, str(node), _open_edges(uow, STAGE, stage.key), stage.plan)
    answered = [check for _, check in assignments.assigned_checks(uow.session, stage.key)]
    own = {(CHECK, check.id) for check in answered}
    for check in answered:
        if check.state == CheckState.PLANNED:
            outer = [
                edge for edge in _open_edges(uow, CHECK, check.key) if (edge.target_kind, edge.target_id) not in own
            ]
            found += _edge_reasons(uow, node, f"{node} answers check {check.id!r}, which", outer, stage.plan)
    return found or _held_reasons(uow, node, stage.plan)


def _held_reasons(uow: UnitOfWork, node: NodeRef, plan: int) -> list[Reason]:
    """Say why a stage that waits for nothing has not started."""
    row = uow.plan(plan)
    if row.held != HELD:
        return []
    return [Reason(node, ReasonKind.HELD, f"{node} waits until work plan {row.id!r}, which is held, is released")]


def _open_edges(uow: UnitOfWork, kind: int, source: int) -> list[EdgeRow]:
    return [edge for edge in edges.of_source(uow.session, kind, source) if edge.state == OPEN]


def _edge_reasons(uow: UnitOfWork, node: NodeRef, who: str, open_edges: list[EdgeRow], plan: int) -> list[Reason]:
    found = []
    for edge in open_edges:
        state_of = checks.state_of if edge.target_kind == CHECK else stages.state_of
        target = edge.dependency.target
        known = state_of(uow.session, plan, target.id)
        if known is None:
            text = f"{who} depends on {target}, which is not in the plan (yet)"
            found.append(Reason(node, ReasonKind.TARGET_MISSING, text, (edge.dependency,)))
        else:
            state = (CheckState if edge.target_kind == CHECK else StageState)(known[1]).name
            text = f"{who} depends on {target}, which is {state}"
            found.append(Reason(node, ReasonKind.DEPENDENCY_OPEN, text, (edge.dependency,)))
    return found


def _attempt_reason(uow: UnitOfWork, node: NodeRef, stage: StageRow, attempt: AttemptRow) -> Reason:
    if attempt.state != AttemptState.PENDING:
        return _claimed_reason(node, attempt)
    if not stage.runner_type:
        return Reason(node, ReasonKind.UNCLAIMED, f"{node} has no runner type and waits to be claimed")
    if attempt.due_us is not None:
        seconds = max(0.0, (attempt.due_us - uow.now_us) / _MICRO)
        last = _last_failure(uow, stage)
        text = f"{node} is tried again in {seconds:.1f} s (attempt {attempt.idx}){last}"
        return Reason(node, ReasonKind.BACKING_OFF, text)
    live = [entry for entry in uow.pool.of_type(stage.runner_type) if entry.takes(stage.mode, uow.now_us)]
    if not live:
        missing = uow.pool.missing_runner(stage.runner_type, stage.mode, uow.now_us)
        return Reason(node, ReasonKind.NO_RUNNER, f"{missing}; {node} waits")
    if any(entry.has_room(uow.now_us) for entry in live):
        return Reason(node, ReasonKind.QUEUED, f"{node} is queued, and next to go to a runner")
    return Reason(node, ReasonKind.RUNNERS_BUSY, _busy(node, stage, live, uow.now_us))


def _claimed_reason(node: NodeRef, attempt: AttemptRow) -> Reason:
    since = moment(attempt.started_us or attempt.created_us)
    heard = f", last heard of at {moment(attempt.heard_us):%H:%M:%S}" if attempt.heard_us else ""
    until = f", deadline {moment(attempt.deadline_us):%H:%M:%S}" if attempt.deadline_us else ""
    does = "runs on" if attempt.state == AttemptState.RUNNING else "was offered to"
    text = f"{node} {does} {attempt.process_uid!r} since {since:%H:%M:%S}{heard}{until} (attempt {attempt.idx})"
    return Reason(node, ReasonKind.RUNNING, text)


def _busy(node: NodeRef, stage: StageRow, live: list[Registered], now_us: int) -> str:
    used, slots = sum(entry.load for entry in live), sum(entry.row.max_concurrent for entry in live)
    bounded = all(entry.row.max_concurrent for entry in live)
    resting = sum(entry.rests_until_us > now_us for entry in live)
    rest = f", and {resting} of {len(live)} rest after a refusal" if resting else ""
    room = f"{used} of {slots} slots" if bounded else f"{used} slots"
    return f"{node} waits for a free slot: runners of type {stage.runner_type!r} use {room}{rest}"


def _last_failure(uow: UnitOfWork, stage: StageRow) -> str:
    ended = [attempt for attempt in attempts.of_stage(uow.session, stage.key) if attempt.failure]
    return f"; the last one ended with: {ended[-1].failure}" if ended else ""
