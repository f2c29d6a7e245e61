"""What answers make of the model, before the rules: section 4 of the specification."""

from __future__ import annotations

from dataclasses import replace

from tests.service.writing import on_check
from tests.stress.model import CheckIs, Model, NodeIs, StageIs
from turboci.dependencies import NodeRef
from turboci.executions import Answer
from turboci.retry import RetryOn
from turboci.states import CheckState, ConcludedReason, Outcome, StageState


def answered(model: Model, ref: NodeRef, answer: Answer) -> dict[NodeRef, NodeIs]:
    """Return what moves, in order, when a stage is answered so."""
    stage, policy = model.now.nodes[ref], model.stages[ref].retry
    assert isinstance(stage, StageIs)
    reds = [answer.failure is not None or update.failure is not None for update in answer.check_updates]
    red = answer.failure is not None or any(reds)
    if red and RetryOn.FAILED in policy.retry_on and stage.charged + 1 < policy.max_attempts:
        return {ref: replace(stage, charged=stage.charged + 1)}
    moves: dict[NodeRef, NodeIs] = {}
    failed = answer.failure is not None
    for update, is_red in zip(answer.check_updates, reds, strict=True):
        check = on_check(update.check_id)
        if (moves.get(check) or model.now.nodes[check]).outcome is not None:
            failed |= is_red
        else:
            moves[check] = ended_check(is_red)
    if failed:
        return moves | {ref: stage.ended(Outcome.FAILED, ConcludedReason.WORK_FAILED)}
    if answer.stage_state is not StageState.AWAITING_GROUP:
        return moves | {ref: stage.ended(Outcome.SUCCEEDED, ConcludedReason.ATTEMPT_COMPLETE)}
    moves[ref] = replace(stage, state=StageState.AWAITING_GROUP)
    for check in model.stages[ref].answers:
        it = moves.get(check) or model.now.nodes.get(check)
        if it is not None and it.outcome is None and not _is_to_answer(model, check, ref):
            moves[check] = ended_check(red=False)
    return moves


def ended_check(red: bool) -> CheckIs:
    """Return a check that was answered."""
    return CheckIs(CheckState.FINAL, Outcome.FAILED if red else Outcome.SUCCEEDED)


def _is_to_answer(model: Model, check: NodeRef, done: NodeRef) -> bool:
    """Return whether a stage besides the one that is done with its own work is still to answer a check."""
    own_work = (StageState.PLANNED, StageState.ATTEMPTING)
    return any(stage != done and model.now.nodes[stage].state in own_work for stage in model.answering(check))
