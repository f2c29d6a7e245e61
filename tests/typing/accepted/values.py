"""What comes back: nodes, their data, events, reasons, errors."""

import contextlib
from typing import assert_never, assert_type

import ci


def typed(check: ci.Check) -> None:
    assert_type(check.value("targets", list[str]), list[str])
    assert_type(check.value("count", int), int)
    assert_type(check.value("tags", dict[str, float]), dict[str, float])
    assert_type(check.value("count", int, 0), int)
    assert_type(check.value("count", int, None), int | None)
    assert_type(check.value("count", int, default="none"), int | str)
    assert_type(check.data, dict[str, ci.JSON])
    assert_type(check.outcome, ci.Outcome | None)
    assert_type(check.state, ci.CheckState)
    assert_type(check.results, tuple[ci.CheckResult, ...])


def depth(value: ci.JSON) -> int:
    """JSON can be taken apart without a cast."""
    if isinstance(value, list):
        return 1 + max((depth(item) for item in value), default=0)
    if isinstance(value, dict):
        return 1 + max((depth(item) for item in value.values()), default=0)
    scalar: bool | int | float | str | None = value
    return 0 if scalar is None else 1


def told(event: ci.Event) -> str:
    match event:
        case ci.CheckChanged():
            return event.check_id
        case ci.StageChanged():
            return event.stage_id
        case ci.ProgressReported():
            return event.progress.message
        case ci.PlanCompleted():
            return str(event.checks_completed)
        case ci.Bookmark():
            return str(event.sequence)
        case _:
            assert_never(event)


async def watch(orch: ci.Orchestrator, execution: ci.WorkflowExecution) -> None:
    only = ci.EventFilter(check_states=frozenset({ci.CheckState.FINAL}), include_nodes=True)
    async for event in orch.watch(execution.work_plan_id, after_sequence=0, only=only):
        print(told(event))
    async with contextlib.aclosing(execution.events()) as events:
        assert_type(events, ci.EventStream)
        async for event in events:
            assert_type(event.sequence, int)


async def read(orch: ci.Orchestrator) -> None:
    async with contextlib.aclosing(orch.read_log("plan", "test", follow=True)) as log:
        assert_type(log, ci.LogStream)
        async for piece in log:
            assert_type(piece, ci.LogPiece)
            print(piece.text, end="")


async def ask(orch: ci.Orchestrator) -> None:
    nodes = await orch.query_nodes("plan", check_ids=["a"], stage_states=[ci.StageState.FINAL], page_size=10)
    assert_type(nodes, ci.Nodes)
    page = await orch.list_work_plans(statuses=[ci.PlanStatus.FAILED])
    assert_type(page.plans, tuple[ci.WorkPlan, ...])
    explanation = await orch.explain("plan", [ci.check("a")])
    assert_type(explanation, ci.Explanation)
    assert_type(explanation.reasons[0].waits_for, tuple[ci.Dependency, ...])
    assert_type(explanation.stopping, tuple[ci.StoppingAttempt, ...])


async def failures(dag: ci.DAG, orch: ci.Orchestrator) -> None:
    try:
        await (await dag.execute(orch)).wait_for_completion()
    except ci.DAGValidationError as error:
        assert_type(error.problems, tuple[ci.Problem, ...])
        print(error.problems[0].where)
    except ci.WorkflowFailed as error:
        assert_type(error.result, ci.WorkflowResult)
        for node in error.result.nodes(ci.Outcome.FAILED):
            print(node.id, node.cause)
    except ci.WorkflowStalled as error:
        assert_type(error.reasons, tuple[ci.Reason, ...])
    except (ci.NotFound, ci.InvalidState) as error:
        assert_type(error.subject, str)
    except ci.ServiceError as error:
        assert_type(error.reason, str)
    except ci.CIError:
        raise


def as_builtins() -> None:
    """Errors can be caught as what Python calls them."""
    try:
        ci.check("")
    except ValueError as error:
        print(error)
    try:
        raise ci.NotFound("check 'x'", "is not there", hint="define it", field="id")
    except LookupError as error:
        print(error)


def matched(outcome: ci.Outcome) -> str:
    match outcome:
        case ci.Outcome.SUCCEEDED | ci.Outcome.SKIPPED:
            return "fine"
        case ci.Outcome.FAILED | ci.Outcome.CANCELLED:
            return "not fine"
