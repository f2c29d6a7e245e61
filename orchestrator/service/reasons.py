"""Why one node is not FINAL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from orchestrator.clock import moment
from orchestrator.service.pool import Registered, RunnerPool
from orchestrator.storage.interface import Connection
from orchestrator.storage.tables import assignments, attempts, checks, edges, stages
from orchestrator.storage.tables.attempts import AttemptRow
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.edges import CHECK, OPEN, STAGE, EdgeRow
from orchestrator.storage.tables.plans import HELD, PlanRow
from orchestrator.storage.tables.stages import StageRow
from turboci.dependencies import Dependency, NodeKind, NodeRef, Resolution, When
from turboci.reasons import Reason, ReasonKind
from turboci.states import AttemptState, CheckState, StageState

_MICRO: Final = 1_000_000
_CHILDREN_NAMED: Final = 100
"""Open children that the reason of their parent leads on to."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A plan as of one moment, and the runners as of about the same."""

    session: Connection
    plan: PlanRow
    pool: RunnerPool
    now_us: int


def check_reasons(scene: Scene, check: CheckRow) -> list[Reason]:
    """Say why a check is not FINAL."""
    node = NodeRef(NodeKind.CHECK, check.id)
    if check.state == CheckState.FINAL:
        return []
    if check.state == CheckState.PLANNED:
        waiting = _edge_reasons(scene, node, str(node), _open_edges(scene, CHECK, check.key))
        if waiting:
            return waiting
        # Of a cancelled plan, whose edges decide nothing any more: a spared stage is to answer it.
    if check.state == CheckState.PLANNING:
        text = f"{node} is still PLANNING; whoever defines it has to move it to PLANNED"
        return [Reason(node, ReasonKind.CHECK_NOT_LOCKED, text)]
    assigned = stages.answering(scene.session, check.plan, check.id)
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


def stage_reasons(scene: Scene, stage: StageRow) -> list[Reason]:
    """Say why a stage is not FINAL."""
    node = NodeRef(NodeKind.STAGE, stage.id)
    if stage.state == StageState.FINAL:
        return []
    if stage.state == StageState.PLANNED:
        return _waiting_reasons(scene, node, stage)
    if stage.state == StageState.AWAITING_GROUP:
        text = f"{node} waits for {stage.children_open} of its children"
        children = stages.open_children(scene.session, stage.key, 0, _CHILDREN_NAMED)
        edge_list = tuple(Dependency(NodeRef(NodeKind.STAGE, child.id), When.FINISHED) for child in children)
        return [Reason(node, ReasonKind.CHILDREN_OPEN, text, edge_list)]
    attempt = attempts.newest(scene.session, stage.key)
    return [] if attempt is None else [_attempt_reason(scene, node, stage, attempt)]


def _waiting_reasons(scene: Scene, node: NodeRef, stage: StageRow) -> list[Reason]:
    """Say which of its own edges, and which of those of the checks that it answers, hold a stage back."""
    found: list[Reason] = []
    # In a cancelled plan a spared stage waits for whatever else is spared, decided or not.
    if stage.group.resolution is Resolution.OPEN or scene.plan.cancelled_us is not None:
        found += _edge_reasons(scene, node, str(node), _open_edges(scene, STAGE, stage.key))
    answered = [check for _, check in assignments.assigned_checks(scene.session, stage.key)]
    own = {(CHECK, check.id) for check in answered}
    for check in answered:
        if check.state == CheckState.PLANNED:
            outer = [
                edge for edge in _open_edges(scene, CHECK, check.key) if (edge.target_kind, edge.target_id) not in own
            ]
            found += _edge_reasons(scene, node, f"{node} answers check {check.id!r}, which", outer)
    return found or _held_reasons(scene, node)


def _held_reasons(scene: Scene, node: NodeRef) -> list[Reason]:
    """Say why a stage that waits for nothing has not started."""
    if scene.plan.held != HELD:
        return []
    return [
        Reason(node, ReasonKind.HELD, f"{node} waits until work plan {scene.plan.id!r}, which is held, is released")
    ]


def _open_edges(scene: Scene, kind: int, source: int) -> list[EdgeRow]:
    return [edge for edge in edges.of_source(scene.session, kind, source) if edge.state == OPEN]


def _edge_reasons(scene: Scene, node: NodeRef, who: str, open_edges: list[EdgeRow]) -> list[Reason]:
    found = []
    for edge in open_edges:
        state_of = checks.state_of if edge.target_kind == CHECK else stages.state_of
        target = edge.dependency.target
        known = state_of(scene.session, scene.plan.key, target.id)
        if known is None:
            text = f"{who} depends on {target}, which is not in the plan (yet)"
            found.append(Reason(node, ReasonKind.TARGET_MISSING, text, (edge.dependency,)))
        else:
            state = (CheckState if edge.target_kind == CHECK else StageState)(known[1]).name
            text = f"{who} depends on {target}, which is {state}"
            found.append(Reason(node, ReasonKind.DEPENDENCY_OPEN, text, (edge.dependency,)))
    return found


def _attempt_reason(scene: Scene, node: NodeRef, stage: StageRow, attempt: AttemptRow) -> Reason:
    if attempt.state != AttemptState.PENDING:
        return _claimed_reason(node, attempt)
    if not stage.runner_type:
        return Reason(node, ReasonKind.UNCLAIMED, f"{node} has no runner type and waits to be claimed")
    if attempt.due_us is not None:
        seconds = max(0.0, (attempt.due_us - scene.now_us) / _MICRO)
        last = _last_failure(scene, stage)
        text = f"{node} is tried again in {seconds:.1f} s (attempt {attempt.idx}){last}"
        return Reason(node, ReasonKind.BACKING_OFF, text)
    live = [entry for entry in scene.pool.of_type(stage.runner_type) if entry.takes(stage.mode, scene.now_us)]
    if not live:
        missing = scene.pool.missing_runner(stage.runner_type, stage.mode, scene.now_us)
        return Reason(node, ReasonKind.NO_RUNNER, f"{missing}; {node} waits")
    if all(entry.away for entry in live):
        return Reason(node, ReasonKind.RUNNERS_BUSY, _away(node, stage, live))
    if any(entry.has_room(scene.now_us) for entry in live):
        return Reason(node, ReasonKind.QUEUED, f"{node} is queued, and next to go to a runner")
    return Reason(node, ReasonKind.RUNNERS_BUSY, _busy(node, stage, live, scene.now_us))


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
    away = sum(entry.away for entry in live)
    resting = sum(entry.rests_until_us > now_us and not entry.away for entry in live)
    rest = f", and {resting} of {len(live)} rest after a refusal" if resting else ""
    rest += f", and the stream of {away} of {len(live)} is broken" if away else ""
    room = f"{used} of {slots} slots" if bounded else f"{used} slots"
    return f"{node} waits for a free slot: runners of type {stage.runner_type!r} use {room}{rest}"


def _away(node: NodeRef, stage: StageRow, live: list[Registered]) -> str:
    last = max(live, key=lambda entry: entry.row.expires_us)
    which = f"runner {last.row.runner_id!r}" if len(live) == 1 else f"all {len(live)} runners"
    until = f"{moment(last.row.expires_us):%H:%M:%S}"
    return (
        f"{node} waits for {which} of type {stage.runner_type!r} to come back: the stream is broken; "
        f"unless a runner opens one again, none is registered any more after {until}"
    )


def _last_failure(scene: Scene, stage: StageRow) -> str:
    ended = [attempt for attempt in attempts.of_stage(scene.session, stage.key) if attempt.failure]
    return f"; the last one ended with: {ended[-1].failure}" if ended else ""
