"""Checks that a person or another system answers."""

from __future__ import annotations

import pytest

from tests.service.rig import Rig
from tests.service.writing import check, on_check
from turboci.errors import InvalidState
from turboci.reasons import ReasonKind
from turboci.states import CheckState, Outcome, PlanStatus
from turboci.writes import CheckResultWrite, CheckWrite

APPROVAL = CheckWrite(id="approval", external=True)


async def test_it_says_who_is_waited_for(rig: Rig) -> None:
    """An external check that waits says that somebody outside answers it."""
    await rig.write(APPROVAL)
    explanation = await rig.server.explain(rig.plan, [on_check("approval")])
    assert [reason.kind for reason in explanation.reasons] == [ReasonKind.EXTERNAL]


async def test_a_plan_that_waits_for_it_is_not_stalled(rig: Rig) -> None:
    """However long nobody writes, a plan with an open external check is RUNNING; without one it is STALLED."""
    await rig.write(APPROVAL)
    await rig.advance(3_600)
    assert (await rig.server.get_work_plan(rig.plan)).status is PlanStatus.RUNNING
    await rig.write(CheckWrite(id="approval", external=False))
    await rig.advance(3_600)
    assert (await rig.server.get_work_plan(rig.plan)).status is PlanStatus.STALLED


async def test_it_is_answered_by_a_write(rig: Rig) -> None:
    """A result and FINAL from outside end it, and what depends on it goes on."""
    await rig.write(APPROVAL, check("deploy", on_check("approval")))
    answer = CheckResultWrite(owner_type="person", owner_id="ada", data={"said": "yes"}, finalize=True)
    await rig.write(CheckWrite(id="approval", state=CheckState.FINAL, result=answer))
    nodes = await rig.server.query_nodes(rig.plan)
    approval, deploy = nodes.checks
    assert (approval.outcome, approval.external, approval.data) == (Outcome.SUCCEEDED, True, {"said": "yes"})
    assert deploy.state is CheckState.WAITING


async def test_it_never_changes_when_it_is_final(rig: Rig) -> None:
    """FINAL checks keep what they were."""
    await rig.write(CheckWrite(id="approval", external=True, state=CheckState.FINAL))
    with pytest.raises(InvalidState, match="cannot change external in state FINAL"):
        await rig.write(CheckWrite(id="approval", external=False))
