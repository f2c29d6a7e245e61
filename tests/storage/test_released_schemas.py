"""Databases of every version that was released, opened by this one."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from orchestrator.storage.sqlite.migrate import load_migrations
from tests.service.recording import final
from tests.service.rig import Rig
from tests.service.writing import attempt
from tests.storage.dump_schema import SCHEMAS, digest, digest_of, path_of
from turboci.executions import Answer, CheckUpdate
from turboci.nodes import Stage
from turboci.states import AttemptState, CheckState, Outcome, PlanStatus

RELEASED = sorted(SCHEMAS.glob("*.sql"))


@pytest.fixture(params=RELEASED, ids=lambda path: path.stem)
async def rig(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    """A server on a database that another version left when it was killed."""
    monkeypatch.setattr("orchestrator.dispatcher.acceptances._GATHERED_FOR", 0.0)
    with closing(sqlite3.connect(tmp_path / "turboci.db")) as connection:
        connection.executescript(request.param.read_text(encoding="utf-8"))
    rig = Rig(tmp_path)
    await rig.start()
    yield rig
    await rig.stop()


async def plan_named(rig: Rig, name: str) -> str:
    [plan] = (await rig.server.list_work_plans(name=name)).plans
    return plan.id


def test_every_schema_is_written_down() -> None:
    """A migration without its dump could be changed unnoticed: run ``python -m tests.storage.dump_schema``."""
    migrations = load_migrations()
    assert [path_of(migration.version) for migration in migrations] == RELEASED
    for migration in migrations:
        made_with = digest_of(path_of(migration.version))
        assert made_with == digest(migrations[: migration.version]), "the migrations are not those of the dump"


async def test_everything_is_found_again(rig: Rig) -> None:
    """Plans with their names and statuses, nodes with their contents; the file is sound."""
    page = await rig.server.list_work_plans()
    assert {plan.name: plan.status for plan in page.plans if plan.name} == {
        "finished": PlanStatus.FAILED,
        "middle": PlanStatus.RUNNING,
        "cancelled": PlanStatus.CANCELLED,
        "held": PlanStatus.RUNNING,
        "empty": PlanStatus.EMPTY,
    }
    finished = await rig.server.query_nodes(await plan_named(rig, "finished"))
    assert {check.id: check.outcome for check in finished.checks} == {
        "plan": Outcome.SUCCEEDED,
        "build": Outcome.FAILED,
    }
    assert finished.checks[0].value("targets", int) == 3
    middle = await rig.server.query_nodes(await plan_named(rig, "middle"))
    assert middle.checks[0].value("size", int) == 7
    runs = next(stage for stage in middle.stages if stage.id == "runs")
    assert runs.args == {"deep": {"list": [1, None, "ü"]}}
    assert [
        entry.message
        for entry in (await rig.stage("runs-async", plan=middle.stages[0].work_plan_id)).attempts[0].progress
    ] == ["half"]
    assert await rig.findings() == []


async def test_what_was_put_out_is_still_there(rig: Rig) -> None:
    """Databases of before there were logs have none; what runs on an old one from now on has."""
    plan = await plan_named(rig, "middle")
    pieces = [piece async for piece in rig.server.read_log(plan, "runs-async")]
    assert [piece.text for piece in pieces] in ([], ["line\n"])
    (running,) = (await rig.stage("runs-async", plan=plan)).attempts
    rows = await rig.rows("SELECT execution_id FROM stage_attempts WHERE stage_attempts.started_us IS NOT NULL")
    assert running.idx == 1
    assert rows


async def test_a_plan_that_was_in_the_middle_is_finished(rig: Rig) -> None:
    """What ran in a call is tried again, what was accepted goes on, what waited follows, and the plan ends."""
    plan = await plan_named(rig, "middle")
    again = rig.runners.take()
    assert (again.execution.stage_id, again.execution.attempt_idx) == ("runs", 2)
    again.answer(final("sync"))
    await rig.settle()
    [(execution,)] = await rig.rows(
        "SELECT a.execution_id FROM stage_attempts a JOIN stages s ON s.key = a.stage WHERE s.id = 'runs-async'"
    )
    update = CheckUpdate(check_id="async", state=CheckState.FINAL)
    await rig.server.complete_execution(execution, Answer(check_updates=(update,)))
    await rig.settle()
    for call in rig.runners.take_all():
        call.answer(*(final(check.check_id) for check in call.execution.checks))
    await rig.settle()
    await rig.write(attempt("by-hand", state=AttemptState.RUNNING, process_uid="me"), plan=plan)
    await rig.write(attempt("by-hand", state=AttemptState.COMPLETE, process_uid="me"), plan=plan)
    stages = {stage.id: stage for stage in (await rig.server.query_nodes(plan)).stages}
    assert {stage.outcome for stage in stages.values()} == {Outcome.SUCCEEDED}
    assert [_tries(stages[name]) for name in ("is-done", "runs", "runs-async", "waits")] == [1, 2, 1, 1]
    assert (await rig.server.get_work_plan(plan)).status is PlanStatus.SUCCEEDED
    assert await rig.findings() == []


def _tries(stage: Stage) -> int:
    return len(stage.attempts)


async def test_a_held_plan_can_be_released(rig: Rig) -> None:
    """It waits for it as before, and its key still names it."""
    held = await plan_named(rig, "held")
    assert "s:1" not in rig.runners.names
    await rig.server.release_work_plan(held)
    await rig.settle()
    assert "s:1" in rig.runners.names
    empty = await rig.server.create_work_plan({"name": "empty"}, idempotency_key="key")
    assert empty.id == await plan_named(rig, "empty")
