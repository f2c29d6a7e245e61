"""What writes make of the model, before the rules."""

from __future__ import annotations

from collections.abc import Iterable

from tests.service.writing import on_check, on_stage
from tests.stress.model import CANCELLED, CheckIs, Model, StageIs, StagePlan, World
from turboci.dependencies import DependencyGroup
from turboci.retry import RetryPolicy
from turboci.states import CheckState, ConcludedReason, Outcome
from turboci.writes import CheckWrite, StageWrite


class NotAllowed(Exception):
    """The server must refuse the call."""


def add(model: Model, writes: Iterable[CheckWrite | StageWrite]) -> None:
    """Write to the model.

    Raises:
        NotAllowed: A parent does not exist, or is FINAL.
    """
    checks = [write for write in writes if isinstance(write, CheckWrite)]
    stages = [write for write in writes if isinstance(write, StageWrite)]
    spared = {
        on_check(assignment.target_check_id)
        for write in stages
        if write.parent_stage_id
        and (parent := model.stages.get(on_stage(write.parent_stage_id))) is not None
        and parent.always
        for assignment in write.assignments
    }
    for check in checks:
        _add_check(model, check, is_spared=on_check(check.id) in spared)
    for stage in stages:
        _add_stage(model, stage)


def _add_check(model: Model, write: CheckWrite, *, is_spared: bool) -> None:
    ref = on_check(write.id)
    if write.state is CheckState.FINAL:
        red = write.result is not None and write.result.failure is not None
        end = CheckIs(CheckState.FINAL, Outcome.FAILED if red else Outcome.SUCCEEDED)
        model.now = model.moved(model.now, ref, end)
        return
    if ref not in model.now.nodes:
        model.groups[ref] = write.dependencies or DependencyGroup()
    born = CheckIs(write.state or CheckState.PLANNED)
    if ref not in model.now.nodes and model.now.cancelled and not is_spared:
        born = CANCELLED
    model.now = World({**model.now.nodes, ref: born}, model.now.cancelled)


def _add_stage(model: Model, write: StageWrite) -> None:
    ref = on_stage(write.id)
    parent = on_stage(write.parent_stage_id) if write.parent_stage_id else None
    if parent is not None and (parent not in model.now.nodes or model.now.nodes[parent].outcome is not None):
        raise NotAllowed(f"{parent} takes no children")
    inherits = parent is not None and model.stages[parent].always
    model.groups[ref] = write.dependencies or DependencyGroup()
    model.stages[ref] = StagePlan(
        assignments=write.assignments,
        retry=write.retry or RetryPolicy(),
        parent=parent,
        always=bool(write.always) or inherits,
        heartbeat=write.heartbeat_timeout,
    )
    born = StageIs()
    if model.now.cancelled and not inherits:
        born = born.ended(Outcome.CANCELLED, ConcludedReason.CANCELLED)
    model.now = World({**model.now.nodes, ref: born}, model.now.cancelled)
