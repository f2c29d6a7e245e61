"""Events that concern more nodes than one transaction may take."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from orchestrator.service.unit_of_work import LARGEST_WHOLE, STEP
from orchestrator.storage.interface import Session
from tests.service.recount import violations
from tests.service.rig import Rig
from tests.service.writing import attempt, check, claimed, ended, on_check, on_stage, runner, stage
from turboci.dependencies import NodeRef
from turboci.errors import InvalidState, StaleAttempt
from turboci.executions import Answer
from turboci.states import Outcome, PlanStatus, StageState
from turboci.writes import CheckWrite, StageWrite

T = TypeVar("T")

MANY = 1_500
COUNT_MOVES = "SELECT SUM(event_sequence) FROM work_plans"


class Steps:
    """How many events each operation on the database of a rig has caused."""

    def __init__(self, rig: Rig) -> None:
        self.sizes: list[int] = []
        self._rig = rig
        self._real = rig.database.write
        rig.database.write = self._write  # type: ignore[method-assign]

    def forget(self) -> None:
        self.sizes.clear()

    @property
    def largest(self) -> int:
        return max(self.sizes)

    async def _write(self, operation: Callable[[Session], T], /) -> T:
        def counted(session: Session) -> T:
            before = next(session.execute(COUNT_MOVES))[0] or 0
            answer = operation(session)
            self.sizes.append((next(session.execute(COUNT_MOVES))[0] or 0) - before)
            return answer

        return await self._real(counted)


@pytest.fixture
def steps(rig: Rig) -> Steps:
    return Steps(rig)


async def outcomes(rig: Rig) -> dict[Outcome | None, int]:
    """Return how many nodes ended how."""
    nodes = await rig.server.query_nodes(rig.plan)
    counts: dict[Outcome | None, int] = {}
    for node in (*nodes.checks, *nodes.stages):
        counts[node.outcome] = counts.get(node.outcome, 0) + 1
    return counts


async def count_open(rig: Rig) -> int:
    """Return how many nodes of the plan are not FINAL."""
    ((checks, stages),) = await rig.rows("SELECT checks_open, stages_open FROM work_plans WHERE id = ?", rig.plan)
    return int(checks + stages)


async def write_chain(rig: Rig) -> None:
    """Write a check that nobody answers, a long chain of stages behind it, and a check for each."""
    await rig.write(check("start"))
    nodes: list[CheckWrite | StageWrite] = [check(f"c{number}") for number in range(MANY)]
    before: NodeRef = on_check("start")
    for number in range(MANY):
        nodes.append(stage(f"s{number}", before, answers=[f"c{number}"]))
        before = on_stage(f"s{number}")
    await rig.write(*nodes)


async def write_fan(rig: Rig) -> None:
    """Write a check that nobody answers, and many stages that wait for it."""
    await rig.write(check("start"))
    await rig.write(*(stage(f"s{number}", on_check("start")) for number in range(MANY)))


async def test_cancelling_a_large_plan_takes_many_small_steps(rig: Rig, steps: Steps) -> None:
    """The call returns with the decision; no transaction takes more nodes than it may, and all end CANCELLED."""
    await write_chain(rig)
    steps.forget()
    plan = await rig.server.cancel_work_plan(rig.plan, "superseded")
    assert (plan.status, plan.cause) == (PlanStatus.RUNNING, "the plan was cancelled: superseded")
    await rig.settle()
    assert steps.largest <= STEP
    assert len(steps.sizes) >= 2 * MANY // STEP
    assert await outcomes(rig) == {Outcome.CANCELLED: 2 * MANY + 1}
    nodes = await rig.server.query_nodes(rig.plan)
    assert {node.cause for node in nodes.stages} == {"the plan was cancelled: superseded"}
    assert (await rig.server.get_work_plan(rig.plan)).status is PlanStatus.CANCELLED
    assert await rig.read(violations) == []


async def test_others_write_while_a_large_plan_is_cancelled(rig: Rig) -> None:
    """Writes to another plan are answered one after the other before the last node has ended."""
    await write_chain(rig)
    other = (await rig.server.create_work_plan()).id
    await rig.server.cancel_work_plan(rig.plan)
    for number in range(5):
        await rig.server.write_nodes(other, checks=[check(f"c{number}")])
    assert await count_open(rig) > 0
    await rig.settle()
    assert await count_open(rig) == 0


async def test_looking_for_what_is_open_takes_small_steps(
    rig: Rig, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nodes that have ended long ago are passed by a few at a time, until the one that is open is found."""
    monkeypatch.setattr("orchestrator.service.cancellation._REACH", 1)
    await rig.write(*(ended(f"c{number}") for number in range(MANY)), check("last"))
    steps.forget()
    await rig.server.cancel_work_plan(rig.plan)
    await rig.settle()
    assert len(steps.sizes) >= MANY // STEP
    assert (await rig.check("last")).outcome is Outcome.CANCELLED


async def test_a_plan_of_a_thousand_nodes_is_cancelled_at_once(rig: Rig, steps: Steps) -> None:
    """Up to that size one transaction does it all, and the call returns a plan that is CANCELLED."""
    half = range(LARGEST_WHOLE // 2)
    await rig.write(*(check(f"c{number}") for number in half))
    await rig.write(*(stage(f"s{number}", answers=[f"c{number}"]) for number in half))
    steps.forget()
    plan = await rig.server.cancel_work_plan(rig.plan)
    assert plan.status is PlanStatus.CANCELLED
    await rig.settle()
    assert steps.sizes == [LARGEST_WHOLE + 1]


async def test_nothing_doomed_starts_or_is_listened_to(rig: Rig) -> None:
    """From the decision on, before its turn, a node is not dispatched, not claimed, not answered and not written."""
    await rig.write(*(check(f"c{number}") for number in range(MANY)))
    await rig.write(*(stage(f"queued{number}") for number in range(MANY)))
    await rig.write(*(claimed(f"free{number}") for number in range(MANY)))
    await rig.server.cancel_work_plan(rig.plan)
    await rig.server.register_runner(runner())
    last = MANY - 1
    with pytest.raises(StaleAttempt, match="the plan was cancelled"):
        await rig.server.write_nodes(rig.plan, stages=[attempt(f"free{last}", process_uid="me")])
    with pytest.raises(InvalidState, match="FINAL"):
        await rig.server.write_nodes(rig.plan, checks=[ended(f"c{last}")])
    assert (await rig.server.get_work_plan(rig.plan)).status is PlanStatus.RUNNING
    await rig.settle()
    assert rig.runners.calls == []
    assert await outcomes(rig) == {Outcome.CANCELLED: 3 * MANY}


async def test_what_runs_is_stopped_first(rig: Rig) -> None:
    """Running work, written last, is stopped by the transaction that records the decision."""
    await rig.write(*(check(f"c{number}") for number in range(MANY)))
    await rig.register()
    await rig.write(stage("running"))
    await rig.server.cancel_work_plan(rig.plan)
    assert (await rig.stage("running")).outcome is Outcome.CANCELLED
    await rig.settle()
    assert rig.runners.calls[0].withdrawn


async def test_a_restart_goes_on_with_a_cancellation(rig: Rig) -> None:
    """After a crash right behind the decision the next process carries it through."""
    await write_chain(rig)
    await rig.server.cancel_work_plan(rig.plan)
    await rig.crash()
    assert await outcomes(rig) == {Outcome.CANCELLED: 2 * MANY + 1}
    assert (await rig.server.get_work_plan(rig.plan)).status is PlanStatus.CANCELLED
    assert await rig.read(violations) == []


async def test_clean_up_waits_for_the_last_step(rig: Rig) -> None:
    """A stage that is spared starts when the last other node is CANCELLED, and then does."""
    await write_chain(rig)
    await rig.write(stage("clean", on_stage("s0"), always=True))
    await rig.server.cancel_work_plan(rig.plan)
    await rig.server.register_runner(runner())
    assert rig.runners.calls == []
    await rig.settle()
    assert rig.runners.names == ["clean:1"]
    assert (await outcomes(rig))[None] == 1


@pytest.mark.parametrize("write", [write_chain, write_fan])
async def test_a_large_cascade_takes_many_small_steps(
    rig: Rig, steps: Steps, write: Callable[[Rig], Awaitable[None]]
) -> None:
    """A red check skips all that depends on it, directly or not, and no transaction takes more nodes than it may."""
    await write(rig)
    steps.forget()
    await rig.write(ended("start", failure="red"))
    assert steps.largest <= 2 * STEP
    assert len(steps.sizes) > 1
    counts = await outcomes(rig)
    assert counts.pop(Outcome.FAILED) == 1
    assert set(counts) == {Outcome.SKIPPED}
    assert await rig.read(violations) == []


async def test_a_restart_goes_on_with_a_cascade(rig: Rig) -> None:
    """After a crash behind the first step the next process tells the rest, each once."""
    await write_chain(rig)
    await rig.server.write_nodes(rig.plan, checks=[ended("start", failure="red")])
    await rig.crash()
    counts = await outcomes(rig)
    assert counts == {Outcome.FAILED: 1, Outcome.SKIPPED: 2 * MANY}
    assert await rig.read(violations) == []


async def test_a_large_fan_starts_in_small_steps(rig: Rig, steps: Steps) -> None:
    """Everything that waited for one node is started, and no transaction starts more than it may."""
    await write_fan(rig)
    steps.forget()
    await rig.write(ended("start"))
    assert steps.largest <= 2 * STEP
    queued = await rig.server.query_nodes(rig.plan, stage_states=[StageState.ATTEMPTING], include_checks=False)
    assert len(queued.stages) == MANY
    assert await rig.read(violations) == []


async def test_a_stage_with_many_children_is_cancelled_in_small_steps(rig: Rig, steps: Steps) -> None:
    """All children are CANCELLED, page by page."""
    await rig.register(max_concurrent=1)
    await rig.write(stage("parent"))
    await rig.write(*(stage(f"s{number}", parent_stage_id="parent") for number in range(MANY)))
    rig.runners.take().answer_with(Answer(stage_state=StageState.AWAITING_GROUP))
    await rig.settle()
    steps.forget()
    await rig.server.cancel_stage(rig.plan, "parent")
    await rig.settle()
    assert steps.largest <= 2 * STEP
    assert await outcomes(rig) == {Outcome.CANCELLED: MANY + 1}
    assert await rig.read(violations) == []
