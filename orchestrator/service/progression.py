"""How the end of one node moves the others: the only place where checks and stages advance and end.

A finished node is put on the unit of work's list; `propagate` takes from it until nothing follows any more. There is
no recursion: a chain of any length is one loop.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.service import cascading, finalizing, gates
from orchestrator.service.unit_of_work import Finished, UnitOfWork
from orchestrator.storage.tables import assignments, checks, edges, stages
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.edges import CHECK, STAGE
from orchestrator.storage.tables.stages import StageRow
from turboci.dependencies import Resolution
from turboci.states import AttemptState, CheckState, ConcludedReason, Outcome, StageState


def propagate(uow: UnitOfWork) -> None:
    """Tell the dependents of every node that became FINAL, and theirs, until nothing moves."""
    while uow.finished and uow.may_go_on:
        told = cascading.tell(uow)
        for check in told.checks:
            decide_check(uow, check)
        for stage in told.stages:
            decide_stage(uow, stage)
        new = [node for node in told.nodes if node.told_kind == CHECK and not node.told]
        _tell_stages(uow, [node for node in new if node.kind == CHECK])
        _close_stages(uow, [node for node in new if node.kind == STAGE])
        for node in told.nodes:
            for child in cascading.children_to_cancel(uow, node):
                cancel_stage(uow, child, f"its parent stage {node.id!r} was cancelled")


def reconsider_written(uow: UnitOfWork) -> None:
    """Decide the nodes that a writer created or changed, once everything of the call is in the tables."""
    if not uow.written_checks and not uow.written_stages:
        return
    for plan, check_id in uow.written_checks.values():
        for stage_key, _ in assignments.stages_of(uow.session, plan, check_id):
            uow.written_stages[stage_key] = None
    # Gates are counted before checks are decided: a check that opens at once counts down what was counted up.
    written = {key: stages.by_key(uow.session, key) for key in uow.written_stages}
    any_final = any(stage.state == StageState.FINAL for stage in written.values())
    answering = {key for key in written if assignments.any_of(uow.session, key)}
    for key, stage in written.items():
        if stage.state == StageState.PLANNED and (key in answering or stage.gates_open or stage.internal_edges):
            gates.recount(uow, stage)
    for plan, check_id in uow.written_checks.values():
        check = checks.by_id(uow.session, plan, check_id)
        if check is not None:
            decide_check(uow, check)
            if any_final and check.state != CheckState.FINAL and not _is_over(uow, plan):
                finalizing.end_unanswered(uow, check)
    for key, before in written.items():
        # Only the checks above can have moved a stage meanwhile.
        stage = stages.by_key(uow.session, key) if uow.written_checks else before
        decide_stage(uow, stage)
        if stage.state == StageState.PLANNED and key in answering:
            _skip_if_idle(uow, stage)


def decide_check(uow: UnitOfWork, check: CheckRow) -> None:
    """Move a PLANNED check on if its dependencies are decided."""
    if check.state != CheckState.PLANNED or _is_over(uow, check.plan):
        return
    resolution = check.group.resolution
    if resolution is Resolution.SATISFIED:
        await_results(uow, check)
    elif resolution is Resolution.UNSATISFIABLE:
        cause = unsatisfied(uow, check.plan, CHECK, check.key)
        finalizing.end_check_for(uow, check, Outcome.SKIPPED, cause)
    elif check.internal_edges:
        _reconsider(uow, check.plan, check.id)


def await_results(uow: UnitOfWork, check: CheckRow) -> None:
    """Move a check whose dependencies are satisfied to WAITING."""
    old = check.state
    if checks.move(uow.session, check.key, old, CheckState.WAITING, uow.now_us):
        uow.moved(check.plan, CHECK, check.id, old, CheckState.WAITING)
        check.state = CheckState.WAITING
        if old == CheckState.PLANNED:
            for stage in stages.open_gate(uow.session, check.plan, check.id):
                decide_stage(uow, stage)
            if check.internal_edges:
                _reconsider(uow, check.plan, check.id)


def decide_stage(uow: UnitOfWork, stage: StageRow) -> None:
    """Start a PLANNED stage, or skip it, if its dependencies are decided."""
    if stage.state != StageState.PLANNED or _is_over(uow, stage.plan):
        return
    resolution = stage.group.resolution
    if resolution is Resolution.SATISFIED and stage.gates_open == 0:
        uow.ready.append(stage)
    elif resolution is Resolution.UNSATISFIABLE:
        cause = unsatisfied(uow, stage.plan, STAGE, stage.key)
        finish_stage(uow, stage, Outcome.SKIPPED, ConcludedReason.DEPENDENCIES_UNSATISFIED, cause)


def cancel_stage(uow: UnitOfWork, stage: StageRow, cause: str) -> None:
    """End a stage with its attempt, and have its runner stop; its children follow."""
    if stage.state == StageState.ATTEMPTING:
        attempt = finalizing.end_open_attempt(uow, stage, cause)
        if attempt is not None:
            finalizing.withdraw(uow, attempt, cause)
    finish_stage(uow, stage, Outcome.CANCELLED, ConcludedReason.CANCELLED, cause)


def finish_stage(
    uow: UnitOfWork, stage: StageRow, outcome: Outcome, reason: ConcludedReason, cause: str | None = None
) -> bool:
    """Make a stage FINAL; return False if it has moved meanwhile."""
    if not stages.finish(uow.session, stage.key, stage.state, outcome, reason, cause, uow.now_us):
        return False
    name = (stage.plan, STAGE, stage.id, stage.key)
    ended = Finished(*name, stage.state, outcome, spared=bool(stage.always), parent=stage.parent)
    uow.ended(ended, cause)
    stage.state = StageState.FINAL
    return True


def unsatisfied(uow: UnitOfWork, plan: int, kind: int, source: int) -> str:
    """Return a sentence that names the edges that made a group unsatisfiable."""
    failed = [edge for edge in edges.of_source(uow.session, kind, source) if edge.state == edges.FAILED]
    shown = ", ".join(_ended(uow, plan, edge) for edge in failed[:3])
    more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
    return f"{shown}{more}, so its dependencies cannot be satisfied"


def _ended(uow: UnitOfWork, plan: int, edge: edges.EdgeRow) -> str:
    state_of = checks.state_of if edge.target_kind == CHECK else stages.state_of
    found = state_of(uow.session, plan, edge.target_id)
    outcome = found[2].value if found and found[2] else "unknown"
    wanted = "" if edge.condition == "SUCCEEDED" else f" (wanted {edge.condition})"
    return f"{edge.dependency.target} is {outcome}{wanted}"


def _is_over(uow: UnitOfWork, plan: int) -> bool:
    """Return whether a plan is cancelled: `cancellation` alone decides what becomes of its open nodes."""
    return uow.plan(plan).cancelled_us is not None


def _reconsider(uow: UnitOfWork, plan: int, check_id: str) -> None:
    """Count afresh at the stages that answer this check and one that it depends on."""
    for _, stage in stages.answering(uow.session, plan, check_id):
        if stage.internal_edges and stage.state == StageState.PLANNED:
            decide_stage(uow, gates.recount(uow, stage))


def _tell_stages(uow: UnitOfWork, nodes: Sequence[Finished]) -> None:
    """Start the stages that checks held back until they ended, and skip those that have nothing left to answer."""
    if not nodes:
        return
    ended = {node.id: node for node in nodes}
    for check_id, stage in stages.startable_by(uow.session, nodes[0].plan, [*ended]):
        node = ended[check_id]
        if stage.state == StageState.PLANNED and node.old == CheckState.PLANNED:
            decide_stage(uow, gates.recount(uow, stage) if stage.internal_edges else stage)
        if (stage.always or not _is_over(uow, node.plan)) and _has_never_run(uow, stage):
            _skip_if_idle(uow, stage)


def skip_refused(uow: UnitOfWork, stage: StageRow) -> bool:
    """Skip a stage whose attempt was just refused, if no other was taken and nothing is left to answer."""
    return stage.attempts == stage.attempts_refused + 1 and _skip_if_idle(uow, stage)


def _skip_if_idle(uow: UnitOfWork, stage: StageRow) -> bool:
    states = assignments.assigned_states(uow.session, stage.key)
    if not states or any(state != CheckState.FINAL for state in states):
        return False
    finalizing.end_open_attempt(uow, stage, "nothing is left to answer")
    cause = "every check that it was to answer is FINAL"
    return finish_stage(uow, stage, Outcome.SKIPPED, ConcludedReason.NOTHING_TO_ANSWER, cause)


def _has_never_run(uow: UnitOfWork, stage: StageRow) -> bool:
    """Return whether no runner has taken any attempt of an open stage."""
    if stage.state == StageState.PLANNED:
        return True
    if stage.state != StageState.ATTEMPTING or stage.attempts != stage.attempts_refused + 1:
        return False
    attempt = finalizing.open_attempt(uow, stage)
    return attempt is not None and attempt.state == AttemptState.PENDING


def _close_stages(uow: UnitOfWork, nodes: Sequence[Finished]) -> None:
    """Finalize the checks that nobody is left to answer, and tell the parents."""
    if not nodes:
        return
    for check in assignments.unanswered_by(uow.session, [node.key for node in nodes if uow.has_checks(node.plan)]):
        finalizing.end_unanswered(uow, check)
    for node in nodes:
        if node.parent is not None:
            _tell_parent(uow, node.parent, failed=node.outcome in (Outcome.FAILED, Outcome.CANCELLED))


def _tell_parent(uow: UnitOfWork, key: int, *, failed: bool) -> None:
    parent = stages.child_finished(uow.session, key, failed)
    if parent.state == StageState.AWAITING_GROUP:
        close_group(uow, parent)


def end_open_checks(uow: UnitOfWork, stage: StageRow) -> None:
    """Finalize what a stage leaves open when its own work is done: only its children are open now."""
    for goal, check in assignments.assigned_checks(uow.session, stage.key):
        if goal == CheckState.FINAL and check.state != CheckState.FINAL:
            finalizing.end_answered_by(uow, check, stage)


def close_group(uow: UnitOfWork, parent: StageRow) -> None:
    """End an AWAITING_GROUP stage if no child is open."""
    if parent.children_open or (uow.plan(parent.plan).closing and not parent.always):
        return
    if parent.children_failed:
        cause = f"{parent.children_failed} of its children failed or were cancelled"
        finish_stage(uow, parent, Outcome.FAILED, ConcludedReason.GROUP_FAILED, cause)
    else:
        finish_stage(uow, parent, Outcome.SUCCEEDED, ConcludedReason.ATTEMPT_COMPLETE)
