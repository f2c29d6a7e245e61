"""Every public error, as the product raises it: the parts of its message, and what else it carries."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import apsw
import pytest

import ci
from orchestrator.storage.sqlite.failures import query_failure
from tests.dsl.conftest import HASTY
from tests.e2e.servers import free_port
from tests.runner.fakes import RecordedPort, an_execution

Mistake = Callable[[ci.Orchestrator], Awaitable[object]]


async def wrong_setting(orch: ci.Orchestrator) -> None:
    ci.new_stage("compile").assigns("build").build()


async def empty_id(orch: ci.Orchestrator) -> None:
    ci.check("")


async def cycle(orch: ci.Orchestrator) -> None:
    plan = await orch.create_work_plan()
    checks = [ci.new_check("a").depends_on("b").build(), ci.new_check("b").depends_on("a").build()]
    await orch.write_nodes(plan.id, checks=checks)


async def unknown_plan(orch: ci.Orchestrator) -> None:
    await orch.get_work_plan("nowhere")


async def unknown_execution(orch: ci.Orchestrator) -> None:
    await orch.update_execution("nothing", ci.ProgressEntry(percent=50))


async def unknown_registration(orch: ci.Orchestrator) -> None:
    await orch.unregister_runner("nobody")


async def key_used_twice(orch: ci.Orchestrator) -> None:
    await orch.create_work_plan({"name": "release"}, idempotency_key="7")
    await orch.create_work_plan({"name": "nightly"}, idempotency_key="7")


async def backwards(orch: ci.Orchestrator) -> None:
    plan = await orch.create_work_plan()
    await orch.write_nodes(plan.id, checks=[ci.new_check("build").final().build()])
    await orch.write_nodes(plan.id, checks=[ci.new_check("build").planned().build()])


async def too_late(orch: ci.Orchestrator) -> None:
    runner = ci.Runner("builder", runner_id="builder-1")
    seen: list[str] = []

    @runner.handler
    def build(stage: ci.StageContext) -> None:
        seen.append(stage.execution_id)

    await orch.host(runner)
    dag = ci.DAG()
    dag.step("build", runner)
    await (await dag.execute(orch)).wait_for_completion()
    await orch.update_execution(seen[0], ci.ProgressEntry(percent=50))


async def setting_after_writing(orch: ci.Orchestrator) -> None:
    dag = ci.DAG()
    build = dag.check("build").external()
    await dag.execute(orch)
    build.kind("build")


async def somebody_was_faster(orch: ci.Orchestrator) -> None:
    plan = await orch.create_work_plan()
    await orch.write_nodes(plan.id, checks=[ci.CheckWrite(id="build")])
    await orch.write_nodes(plan.id, checks=[ci.CheckWrite(id="build", kind="build", expected_version=7)])


async def too_large(orch: ci.Orchestrator) -> None:
    plan = await orch.create_work_plan()
    await orch.write_nodes(plan.id, checks=[ci.new_check("build").option("log", "x" * (9 << 20)).build()])


async def position_of_another_time(orch: ci.Orchestrator) -> None:
    plan = await orch.create_work_plan()
    await anext(orch.watch(plan.id, after_sequence=99))


async def runner_without_handler(orch: ci.Orchestrator) -> None:
    await ci.Runner("builder", runner_id="builder-1").run(an_execution(), orch)


async def broken_database(orch: ci.Orchestrator) -> None:
    raise query_failure("turboci.db", apsw.CorruptError("database disk image is malformed"))


async def nobody_listens(orch: ci.Orchestrator) -> None:
    async with ci.connect(f"127.0.0.1:{free_port()}"):
        pass


SERVICE_ERRORS: dict[type[ci.ServiceError], tuple[Mistake, tuple[str, str, str, str]]] = {
    ci.InvalidArgument: (
        wrong_setting,
        ("stage 'compile'", "has no runner type", "add .runner_type(...)", "runner_type"),
    ),
    ci.EmptyIdError: (empty_id, ("check id", "is empty", "give every node a name", "")),
    ci.CyclicDependency: (
        cycle,
        (
            "dependencies",
            "form a cycle: check 'b' depends on check 'a', depends on check 'b'",
            "remove one of these edges",
            "dependencies",
        ),
    ),
    ci.NotFound: (unknown_plan, ("work plan 'nowhere'", "does not exist", "", "work_plan_id")),
    ci.ExecutionNotFound: (unknown_execution, ("execution 'nothing'", "does not exist", "", "execution_id")),
    ci.RunnerNotFound: (
        unknown_registration,
        ("registration 'nobody'", "does not exist", "it may have expired", "registration_id"),
    ),
    ci.AlreadyExists: (
        key_used_twice,
        (
            "work plan '<id>'",
            "was created with idempotency key '<key>' and other metadata",
            "use a fresh key for another plan",
            "idempotency_key",
        ),
    ),
    ci.InvalidState: (
        backwards,
        ("check 'build'", "cannot go from FINAL to PLANNED", "FINAL is the end; write a new node", "state"),
    ),
    ci.StaleAttempt: (
        too_late,
        (
            "execution '<id>'",
            "has ended: attempt 1 of stage 'build' is COMPLETE",
            "drop the work; a new attempt has its own execution id",
            "execution_id",
        ),
    ),
    ci.NodeWritten: (
        setting_after_writing,
        (
            "check 'build'",
            "is written to the plan, kind() comes too late",
            "make all settings before the node is executed, committed, waited for or awaited",
            "kind",
        ),
    ),
    ci.ConcurrentModification: (
        somebody_was_faster,
        (
            "check 'build'",
            "is at version 2; version 7 was expected",
            "read it again and decide anew",
            "expected_version",
        ),
    ),
    ci.LimitExceeded: (
        too_large,
        (
            "check 'build'",
            "has options of 9,437,<some> bytes",
            "at most 8,388,608 are allowed; leave large data in a file and name it",
            "options",
        ),
    ),
    ci.PositionExpired: (
        position_of_another_time,
        (
            "work plan '<id>'",
            "has no event 99, its newest is 0",
            "query the nodes, and watch after the sequence of the answer",
            "after_sequence",
        ),
    ),
    ci.RunnerUnavailable: (
        runner_without_handler,
        ("runner 'builder-1'", "has no handler", "decorate a function with @runner.handler", ""),
    ),
    ci.OrchestratorUnavailable: (
        nobody_listens,
        (
            "orchestrator 127.0.0.1:<port>",
            "cannot be reached (connection refused)",
            "start one with `turboci serve`",
            "",
        ),
    ),
    ci.InternalError: (
        broken_database,
        (
            "error <id>",
            "stopped a call at the database",
            "the log of the orchestrator has the details under this id",
            "",
        ),
    ),
}


def without_ids(text: str) -> str:
    """Replace what differs from run to run."""
    text = re.sub(r"\b([0-9a-f]{32}|[0-9a-f]{12})\b", "<id>", text)
    text = re.sub(r"9,437,\d+", "9,437,<some>", text)  # As JSON, or as it came over the wire.
    text = re.sub(r"key '[^']+'", "key '<key>'", text)
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:<port>", text)


@pytest.mark.parametrize("cls", SERVICE_ERRORS, ids=lambda cls: cls.__name__)
async def test_a_service_error_has_its_parts(cls: type[ci.ServiceError], orchestrator: ci.Orchestrator) -> None:
    """In this process and from a server the class is the same, and so are subject, problem, hint and field."""
    mistake, parts = SERVICE_ERRORS[cls]
    with pytest.raises(cls) as caught:
        await mistake(orchestrator)
    error = caught.value
    assert type(error) is cls
    assert tuple(map(without_ids, (error.subject, error.problem, error.hint, error.field))) == parts
    subject, problem, hint, _ = parts
    assert without_ids(str(error)) == (f"{subject} {problem}; {hint}" if hint else f"{subject} {problem}")


async def test_a_cycle_has_its_path(orchestrator: ci.Orchestrator) -> None:
    """Programs read it without taking the text apart."""
    with pytest.raises(ci.CyclicDependency) as caught:
        await cycle(orchestrator)
    assert caught.value.path == ("check:b", "check:a", "check:b")


def test_an_invalid_dag_has_its_problems() -> None:
    """Code, node and text of each."""
    dag = ci.DAG("release")
    dag.stage("compile")
    with pytest.raises(ci.DAGValidationError) as caught:
        dag.validate()
    assert caught.value.dag == "DAG 'release'"
    (problem,) = caught.value.problems
    assert (problem.code, problem.node) == ("CI016", "stage 'compile'")
    assert problem.text == "stage 'compile' has no runner type, so nobody would execute it; add .runner(...)"
    assert problem.where.startswith("tests/dsl/test_error_texts.py:")


async def test_a_red_answer_has_message_and_data(orchestrator: ci.Orchestrator) -> None:
    """What a handler raises is what the failed workflow says, and its data is there."""
    dag = ci.DAG("release")

    @dag.function(id="test")
    def run_tests(stage: ci.StageContext) -> None:
        error = ci.StageFailed("3 tests failed", data={"failed": 3})
        assert (error.message, error.data) == ("3 tests failed", {"failed": 3})
        raise error

    execution = await dag.execute(orchestrator)
    with pytest.raises(ci.WorkflowFailed) as caught:
        await execution.wait_for_completion()
    assert "check 'test' FAILED: 3 tests failed" in str(caught.value)
    result = caught.value.result
    assert (result.name, result.work_plan_id) == ("release", execution.work_plan_id)
    assert result.checks["test"].value("failed", int) == 3


async def test_a_stalled_workflow_has_its_reasons(orchestrator: ci.Orchestrator) -> None:
    """The plan, and what each open node waits for."""
    dag = ci.DAG("release")
    dag.check("build")
    execution = await dag.execute(orchestrator, pace=HASTY)
    with pytest.raises(ci.WorkflowStalled) as caught:
        await execution.wait_for_completion()
    assert caught.value.work_plan_id == execution.work_plan_id
    (reason,) = caught.value.reasons
    assert (reason.node, reason.kind) == (ci.check("build"), ci.ReasonKind.UNASSIGNED)
    assert str(reason) in str(caught.value)


async def test_a_stopped_attempt_says_why() -> None:
    """A runner that is shut down has no answer for its attempt, and says which and why."""
    runner = ci.Runner("builder", runner_id="builder-1")

    @runner.handler
    async def build(stage: ci.StageContext) -> None:
        await runner.drain(0)

    with pytest.raises(ci.AttemptStopped) as caught:
        await runner.run(an_execution(), RecordedPort())
    assert without_ids(str(caught.value)) == "attempt 1 of stage 'build' was stopped: its runner was shut down"


def test_no_public_error_is_forgotten() -> None:
    """Every error of `ci` is raised by one of these tests; the two bases are raised by nobody."""
    public = {cls for name in ci.__all__ if isinstance(cls := getattr(ci, name), type) and issubclass(cls, ci.CIError)}
    others = {ci.DAGValidationError, ci.StageFailed, ci.WorkflowFailed, ci.WorkflowStalled, ci.AttemptStopped}
    assert public - {ci.CIError, ci.ServiceError} == {*SERVICE_ERRORS, *others}
