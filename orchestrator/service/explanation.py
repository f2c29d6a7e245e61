"""Why nodes are not FINAL, and whether anything under way can change that."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from orchestrator.clock import moment
from orchestrator.service.plans import require_plan
from orchestrator.service.pool import RunnerPool
from orchestrator.service.reasons import Scene, check_reasons, stage_reasons
from orchestrator.service.routes import is_routed
from orchestrator.service.stalling import is_stalled
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.service.withdrawals import Withdrawn
from orchestrator.storage.interface import Connection
from orchestrator.storage.tables import checks, stages
from turboci.dependencies import NodeKind, NodeRef
from turboci.errors import NotFound
from turboci.reasons import Explanation, Reason, StoppingAttempt
from turboci.states import CheckState, StageState

_CHECKS_OPEN: Final = tuple(state for state in CheckState if state is not CheckState.FINAL)
_STAGES_OPEN: Final = tuple(state for state in StageState if state is not StageState.FINAL)
_IN_TURN: Final = 100
"""Nodes that are explained because a node that was asked for waits for them."""


@dataclass(frozen=True, slots=True)
class Present:
    """What only the writer's side knows, copied, so that explaining a large plan keeps nobody from writing."""

    pool: RunnerPool
    now_us: int
    silent_since_us: int


def present(uow: UnitOfWork) -> Present:
    """Return the runners as they are now."""
    return Present(uow.pool.copy(), uow.now_us, uow.services.silent_since_us(uow.now_us))


def explain(
    connection: Connection,
    known: Present,
    work_plan_id: str,
    nodes: Collection[NodeRef],
    withdrawn: Collection[Withdrawn] = (),
) -> Explanation:
    """Say why nodes wait, and what they wait for in turn; without `nodes`, all that are not FINAL.

    Args:
        connection: What to read.
        known: The runners.
        work_plan_id: The plan.
        nodes: Those that are asked about.
        withdrawn: What runners of any plan may still work on.

    Raises:
        NotFound: There is no such plan, or no such node.
    """
    plan = require_plan(connection, work_plan_id)
    scene = Scene(connection, plan, known.pool, known.now_us)
    reasons = tuple(_of_nodes(scene, nodes) if nodes else _of_plan(scene))
    return Explanation(
        reasons,
        stalled=is_stalled(connection, plan, known.silent_since_us),
        stopping=tuple(_stopping(scene, [entry for entry in withdrawn if entry.plan == plan.key], set(nodes))),
    )


def _stopping(scene: Scene, withdrawn: Collection[Withdrawn], nodes: Collection[NodeRef]) -> Iterator[StoppingAttempt]:
    """Say which attempts of a plan may still be worked on; a process whose stream is forgotten is gone."""
    registered = {entry.row.address for entry in scene.pool}
    for entry in withdrawn:
        if is_routed(entry.address) and entry.address not in registered:
            continue
        stage = stages.by_key(scene.session, entry.stage)
        if not nodes or NodeRef(NodeKind.STAGE, stage.id) in nodes:
            yield StoppingAttempt(
                stage_id=stage.id, attempt=entry.idx, runner_id=entry.runner_id, asked_at=moment(entry.asked_us)
            )


def _of_plan(scene: Scene) -> Iterator[Reason]:
    for check in checks.page(scene.session, scene.plan.key, _CHECKS_OPEN, (), after=0, limit=-1):
        yield from check_reasons(scene, check)
    for stage in stages.page(scene.session, scene.plan.key, _STAGES_OPEN, (), after=0, limit=-1):
        yield from stage_reasons(scene, stage)


def _of_nodes(scene: Scene, nodes: Collection[NodeRef]) -> Iterator[Reason]:
    """Explain nodes, and then those that they wait for, nearest first."""
    queue = deque(dict.fromkeys(nodes))
    seen = set(queue)
    for node in queue:
        if _reasons(scene, node) is None:
            raise NotFound(str(node), f"is not in work plan {scene.plan.id!r}")
    while queue:
        for reason in _reasons(scene, queue.popleft()) or ():
            yield reason
            for edge in reason.waits_for:
                if edge.target not in seen and len(seen) < len(nodes) + _IN_TURN:
                    seen.add(edge.target)
                    queue.append(edge.target)


def _reasons(scene: Scene, node: NodeRef) -> list[Reason] | None:
    """Return why a node is not FINAL, or None if it does not exist."""
    if node.kind is NodeKind.CHECK:
        check = checks.by_id(scene.session, scene.plan.key, node.id)
        return None if check is None else check_reasons(scene, check)
    stage = stages.by_id(scene.session, scene.plan.key, node.id)
    return None if stage is None else stage_reasons(scene, stage)
