"""DAGs that are written with several calls."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc

import pytest

import ci
from ci.dag import sending
from tests.dsl.recording import RecordingOrchestrator


@pytest.fixture
def three_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three nodes are many."""
    monkeypatch.setattr(sending, "NODES_PER_CALL", 3)
    monkeypatch.setattr("ci.dag.ledger.NODES_PER_CALL", 3)
    monkeypatch.setattr("ci.graph.ledger.NODES_PER_CALL", 3)


def dag_of(checks: int, stages: int) -> ci.DAG:
    dag = ci.DAG("large")
    for n in range(checks):
        dag.check(f"c{n}")
    for n in range(stages):
        dag.stage(f"s{n}").runner("r").assigns(f"c{n}")
    return dag


def written(port: RecordingOrchestrator) -> list[list[str]]:
    return [[*(check.id for check in checks), *(stage.id for stage in stages)] for checks, stages in port.writes]


async def test_a_small_graph_is_not_held(port: RecordingOrchestrator, three_a_call: None) -> None:
    """What fits into one call is written with one, and starts with it."""
    await dag_of(2, 1).execute(port)
    assert port.calls == ["create_work_plan", "write_nodes"]
    assert port.held == [False]


@pytest.mark.parametrize(
    ("checks", "stages", "calls"),
    [
        (4, 0, [["c0", "c1", "c2"], ["c3"]]),
        (2, 2, [["c0", "c1", "s0"], ["s1"]]),
        (4, 3, [["c0", "c1", "c2"], ["c3", "s0", "s1"], ["s2"]]),
    ],
)
async def test_a_large_graph_is_written_in_pieces_and_released(
    checks: int, stages: int, calls: list[list[str]], port: RecordingOrchestrator, three_a_call: None
) -> None:
    """The plan is held, gets every node once, checks before stages, and is released after the last one."""
    await dag_of(checks, stages).execute(port)
    assert port.held == [True]
    assert written(port) == calls
    assert port.calls == ["create_work_plan", *["write_nodes"] * len(calls), "release_work_plan"]


async def test_pieces_that_are_too_large_are_halved(port: RecordingOrchestrator, three_a_call: None) -> None:
    """A server with lower limits gets smaller pieces."""
    port.errors["write_nodes"] = [ci.LimitExceeded("the call", "writes 3 nodes")] * 2
    await dag_of(4, 0).execute(port)
    assert written(port) == [["c0"], ["c1"], ["c2"], ["c3"]]


async def test_a_graph_that_is_too_large_for_one_call_is_written_to_another_plan(port: RecordingOrchestrator) -> None:
    """Few nodes may be too many bytes: the plan that got none of them is cancelled, and a held one gets all of them."""
    port.errors["write_nodes"] = [ci.LimitExceeded("a message", "did not pass (larger than 64 MiB)")] * 2
    await dag_of(2, 2).execute(port)
    assert port.held == [False, True]
    assert len({key for _, key in port.created}) == 2
    assert port.cancelled == ["its nodes are too large for one call; another plan gets them"]
    assert written(port) == [["c0", "c1"], ["s0", "s1"]]
    assert port.calls[-1] == "release_work_plan"


async def test_a_large_addition_is_written_in_parts(port: RecordingOrchestrator, three_a_call: None) -> None:
    """The plan runs already: checks come before stages, and stages that answer the same check come together."""
    dag = dag_of(1, 1)
    await dag.execute(port)
    for n in range(4):
        dag.check(f"more{n}")
    for n in range(4):
        dag.stage(f"even{n}").runner("r").assigns(f"more{n % 2}")
    dag.stage("both").runner("r").assigns("more2", "more3")
    await dag.commit()
    assert written(port)[1:] == [
        ["more0", "more1"],
        ["more2", "more3"],
        ["even0", "even2"],
        ["even1", "even3", "both"],
    ]


async def test_an_addition_that_one_call_cannot_take_is_halved(port: RecordingOrchestrator) -> None:
    """A server with lower limits gets fewer nodes at once."""
    dag = dag_of(1, 1)
    await dag.execute(port)
    for n in range(2):
        dag.step(f"more{n}", "r")
    port.errors["write_nodes"] = [ci.LimitExceeded("the call", "writes 4 nodes", field="nodes")] * 2
    await dag.commit()
    assert written(port)[1:] == [["more0"], ["more1"], ["more0", "more1"]]


@pytest.mark.parametrize("field", ["args", ""])
async def test_an_addition_that_is_refused_for_something_else_stays_whole(
    field: str, port: RecordingOrchestrator
) -> None:
    """One node is too large, or the plan is full: nothing is written, and the nodes stay open."""
    dag = dag_of(1, 1)
    await dag.execute(port)
    dag.step("more", "r")
    port.errors["write_nodes"] = [ci.LimitExceeded("stage 'more'", "has args of 9 MiB", field=field)]
    with pytest.raises(ci.LimitExceeded):
        await dag.commit()
    assert len(port.writes) == 1
    await dag.commit()
    assert written(port)[1:] == [["more", "more"]]


async def test_what_cannot_be_written_apart_is_refused(port: RecordingOrchestrator) -> None:
    """Stages that answer one check need one call; they stay open, for a larger limit."""
    dag = dag_of(1, 1)
    await dag.execute(port)
    for n in range(2):
        dag.stage(f"more{n}").runner("r").assigns("c0")
    port.errors["write_nodes"] = [ci.LimitExceeded("the call", "writes 2 nodes", field="nodes")]
    with pytest.raises(ci.LimitExceeded):
        await dag.commit()
    assert len(port.writes) == 1
    await dag.commit()
    assert written(port)[1:] == [["more0", "more1"]]


async def test_one_node_that_is_too_large_is_an_error_at_once(port: RecordingOrchestrator) -> None:
    """There is nothing to divide."""
    port.errors["write_nodes"] = [ci.LimitExceeded("check 'c0'", "has options of 9 bytes")]
    with pytest.raises(ci.LimitExceeded):
        await dag_of(1, 0).execute(port)
    assert port.held == [False]


async def test_a_node_that_is_too_large_alone_is_an_error(port: RecordingOrchestrator, three_a_call: None) -> None:
    """Halving ends at one node; the plan is cancelled, and the error says what is too large."""
    port.errors["write_nodes"] = [ci.LimitExceeded("check 'c0'", "has options of 9 bytes")] * 5
    with pytest.raises(ci.LimitExceeded, match="check 'c0' has options"):
        await dag_of(4, 0).execute(port)
    assert port.cancelled == ["its block was left by LimitExceeded"]


@pytest.mark.parametrize("call", ["write_nodes", "release_work_plan"])
async def test_a_failure_in_between_cancels_the_plan(
    call: str, port: RecordingOrchestrator, three_a_call: None
) -> None:
    """Nothing of a plan that was written in part stays behind, and the DAG can be executed again, as another plan."""
    dag = dag_of(4, 0)
    port.errors[call] = [ci.OrchestratorUnavailable("orchestrator", "went away")]
    with pytest.raises(ci.OrchestratorUnavailable):
        await dag.execute(port)
    assert len(port.cancelled) == 1
    async with asyncio.timeout(10):
        await dag.execute(port)
    [(_, first), (_, second)] = port.created
    assert first != second
    assert port.calls[-1] == "release_work_plan"


async def test_being_cancelled_in_between_cancels_the_plan(port: RecordingOrchestrator, three_a_call: None) -> None:
    """Also for who does not use a block."""
    port.gate = asyncio.Event()
    launching = asyncio.ensure_future(_execute(dag_of(4, 0), port))
    while "write_nodes" not in port.calls:
        await asyncio.wait({launching}, timeout=0)
    launching.cancel()
    await asyncio.wait({launching})
    assert launching.cancelled()
    assert port.cancelled == ["its block was left by CancelledError"]


async def _execute(dag: ci.DAG, port: RecordingOrchestrator) -> None:
    await dag.execute(port)


async def test_a_large_graph_runs(orchestrator: ci.Orchestrator, three_a_call: None) -> None:
    """On a real orchestrator it becomes one plan like any other."""
    dag = ci.DAG("large")
    before = dag.check("before")
    for n in range(40):
        dag.check(f"c{n}").depends_on(before)
    execution = await dag.execute(orchestrator)
    plan = await orchestrator.get_work_plan(execution.work_plan_id)
    assert not plan.held
    nodes = await orchestrator.query_nodes(plan.id, include_stages=False)
    assert len(nodes.checks) == 41
    await execution.cancel()


def steps(count: int) -> ci.DAG:
    dag = ci.DAG()
    before = dag.shell("step 0", "true")
    for n in range(1, count):
        before = dag.shell(f"step {n}", "true").after(before)
    return dag


def pairs(count: int) -> ci.DAG:
    dag = ci.DAG()
    before = dag.check("check 0")
    for n in range(1, count):
        check = dag.check(f"check {n}").depends_on(before)
        dag.stage(f"stage {n}").runner("r").assigns(check)
        before = check
    return dag


@pytest.mark.parametrize("shape", ["steps", "pairs"])
def test_a_node_of_a_large_graph_is_small(shape: str) -> None:
    """A node that depends on another one, with its place in the user's file, takes less than 600 bytes."""
    gc.collect()
    tracemalloc.start()
    try:
        dag = (steps if shape == "steps" else pairs)(5_000)
        gc.collect()
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    dag.validate()
    assert size / 10_000 < 600


def test_ten_thousand_problems_of_a_flat_file_have_their_lines() -> None:
    """Every problem names its own line; looking lines up reads a file once."""
    source = "import ci\ndag = ci.DAG()\n" + "".join(f"dag.stage('s{n}')\n" for n in range(10_000))
    names: dict[str, object] = {}
    exec(compile(source, "flat.py", "exec"), names)
    dag = names["dag"]
    assert isinstance(dag, ci.DAG)
    with pytest.raises(ci.DAGValidationError) as caught:
        dag.validate()
    assert [problem.where for problem in caught.value.problems] == [f"flat.py:{n + 3}" for n in range(10_000)]
