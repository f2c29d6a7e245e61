"""Which public things can be copied and pickled; walks all of `ci.__all__`, so that a new class is not forgotten."""

from __future__ import annotations

import copy
import enum
import inspect
import pickle
from collections.abc import Callable
from dataclasses import is_dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, is_typeddict

import pytest

import ci
from tests.dsl.recording import RecordingOrchestrator
from tests.runner.fakes import RecordedPort, an_execution

AT = datetime(2025, 1, 1, tzinfo=UTC)
DATA: dict[str, ci.JSON] = {"targets": ["a", "b"], "nested": {"n": 1.5}}
EDGE = ci.check("build").finished
CHECK = ci.Check(id="build", work_plan_id="p", state=ci.CheckState.FINAL, outcome=ci.Outcome.FAILED, options=DATA)
STAGE = ci.Stage(id="build", work_plan_id="p", state=ci.StageState.FINAL, args=DATA)
REASON = ci.Reason(ci.check("build"), ci.ReasonKind.UNASSIGNED, "check 'build' is answered by no stage", (EDGE,))
STOPPING = ci.StoppingAttempt(stage_id="build", attempt=1, runner_id="r", asked_at=AT)
PROGRESS = ci.ProgressEntry(message="compiling", percent=50)
RESULT = ci.WorkflowResult(work_plan_id="p", name="release", checks={"build": CHECK}, stages={"build": STAGE})

VALUES: list[object] = [
    ci.check("build"),
    EDGE,
    ci.depends_on_at_least(1, EDGE, "b"),
    ci.assigns("build"),
    ci.Attempt(idx=1, state=ci.AttemptState.RUNNING, details=DATA, progress=(PROGRESS,)),
    CHECK,
    STAGE,
    ci.CheckResult(owner_type="test", owner_id="1", data=DATA),
    ci.Nodes(checks=(CHECK,), stages=(STAGE,), sequence=3),
    PROGRESS,
    ci.LogPiece(attempt=1, start=0, text="hello\n", at=AT),
    ci.WorkPlan(id="p", metadata={"name": "release"}),
    ci.PlanPage(plans=(ci.WorkPlan(id="p"),), next_page_token="more"),
    ci.DeletedPlans(plans=1, checks=2, stages=3),
    ci.new_attempt("worker").running().details(DATA).build(),
    ci.CheckResultWrite(data=DATA, finalize=True),
    ci.new_check("build").options(DATA).depends_on("plan").build(),
    ci.new_stage("build").runner_type("r").args(DATA).assigns("build").build(),
    ci.RetryPolicy(max_attempts=5),
    ci.Bookmark(sequence=1, at=AT),
    ci.CheckChanged(sequence=1, at=AT, check_id="a", old_state=None, new_state=ci.CheckState.PLANNED, check=CHECK),
    ci.StageChanged(sequence=1, at=AT, stage_id="a", old_state=None, new_state=ci.StageState.PLANNED, stage=STAGE),
    ci.PlanCompleted(sequence=1, at=AT, checks_completed=1, stages_completed=2, has_failures=False),
    ci.ProgressReported(sequence=1, at=AT, stage_id="a", attempt=1, progress=PROGRESS),
    ci.EventFilter(check_ids=frozenset({"a"})),
    ci.LogPiece(attempt=1, start=0, text="compiling\n", at=AT),
    REASON,
    ci.Explanation(reasons=(REASON,), stalled=True, stopping=(STOPPING,)),
    STOPPING,
    ci.Lease(registration_id="r-1", expires_at=AT),
    ci.RunnerInfo(runner_id="r", registration_id="r-1", runner_type="builder", address="localhost:1"),
    ci.RunnerRegistration(runner_id="r", runner_type="builder", address="localhost:1"),
    ci.Problem("CI016", "stage 's'", "stage 's' has no runner type", "release.py:3"),
    ci.Pace(quiet=5.0),
    RESULT,
]
ERRORS: list[ci.CIError] = [
    *(
        getattr(ci, name)("check 'build'", "is not so", hint="do this", field="id")
        for name in ci.__all__
        if isinstance(getattr(ci, name), type) and issubclass(getattr(ci, name), ci.ServiceError)
    ),
    ci.CyclicDependency("dependencies", "form a cycle", path=["check:a", "check:b", "check:a"]),
    ci.CIError("something"),
    ci.AttemptStopped("the deadline has passed"),
    ci.StageFailed("3 tests failed", data=DATA),
    ci.DAGValidationError(
        "DAG 'release'", [ci.Problem("CI016", "stage 's'", "stage 's' has no runner type", "a.py:3")]
    ),
    ci.WorkflowFailed(RESULT),
    ci.WorkflowStalled("p", [REASON]),
]
BUILDERS: list[ci.CheckBuilder | ci.StageBuilder | ci.AttemptBuilder] = [
    ci.new_check("build").option("a", [1]).depends_on("plan").result({"ok": True}),
    ci.new_stage("build").runner_type("r").arg("a", [1]).assigns("build").depends_on_stages("plan"),
    ci.new_attempt("worker").running().detail("a", [1]),
]


async def live_things() -> list[object]:
    """Return one of everything that belongs to a process: nodes, handles, executions, runners."""
    dag = ci.DAG("release")
    check, stage = dag.check("build"), dag.shell("test", "pytest")
    port = RecordingOrchestrator()
    late = ci.DAG("later")
    late.check("a")
    contexts: list[object] = []
    runner = ci.Runner("builder")

    @runner.handler
    async def handler(context: ci.StageContext) -> None:
        contexts.extend([context, context.progress(50)])

    await runner.run(an_execution(), RecordedPort())
    async with ci.WorkflowContext(port) as workflow:
        handles = [await workflow.define_check("a"), await workflow.define_stage("s", runner="r")]
    drafts = late.add_check("b"), late.add_stage("s").runner("r")
    await drafts[0]
    await drafts[1]
    launch = dag.execute(port)
    execution = await launch
    return [
        *(dag, check, check.failed, stage, *drafts, launch, execution, workflow, *handles, *contexts),
        *(runner, ci.ShellRunner()),
    ]


UNIQUE = {
    *("DAG", "CheckNode", "NodeCondition", "StageNode", "CheckDraft", "StageDraft", "Launch", "WorkflowExecution"),
    *("WorkflowContext", "CheckHandle", "StageHandle", "StageContext", "Receipt", "Runner", "ShellRunner"),
}
ABSTRACT = {"CheckSettings", "StageSettings", "Handle", "ServiceError"}
"""Bases; what derives from them is somewhere else."""


def public_classes() -> dict[str, type]:
    return {name: value for name in ci.__all__ if isinstance(value := getattr(ci, name), type)}


def is_interface(cls: type) -> bool:
    return is_typeddict(cls) or getattr(cls, "_is_protocol", False)


def test_every_public_class_is_looked_at() -> None:
    """Each class of `ci` is an enum, an interface, or has a sample below the rule that it follows."""
    sampled = {type(sample) for sample in (*VALUES, *ERRORS, *BUILDERS)}
    missing = {
        name
        for name, cls in public_classes().items()
        if not (issubclass(cls, enum.Enum) or is_interface(cls) or cls in sampled or name in UNIQUE | ABSTRACT)
    }
    assert missing == set()


def test_every_public_dataclass_is_a_value() -> None:
    """What is a frozen dataclass has a sample among the values."""
    values = {type(sample) for sample in VALUES}
    assert {name for name, cls in public_classes().items() if is_dataclass(cls) and cls not in values} == set()


def repickle(thing: object, protocol: int) -> object:
    """Return what is left of a thing after a journey."""
    return pickle.loads(pickle.dumps(thing, protocol))


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle{number}": partial(repickle, protocol=number) for number in range(2, 6)},
}


def label(sample: object) -> str:
    return type(sample).__name__


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("value", VALUES, ids=label)
def test_values_are_equal_to_their_copies(value: object, make: Callable[[Any], Any]) -> None:
    """A value is what it holds: copied and pickled it is equal, and has the same type."""
    again = make(value)
    assert again == value
    assert type(again) is type(value)
    assert repr(again) == repr(value)


@pytest.mark.parametrize("cls", [cls for cls in public_classes().values() if issubclass(cls, enum.Enum)])
def test_members_of_enums_are_themselves(cls: type[enum.Enum]) -> None:
    """A member of an enum is the same object, however it was passed on."""
    assert all(make(member) is member for member in cls for make in COPIES.values())


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("error", ERRORS, ids=label)
def test_errors_are_whole_after_a_journey(error: ci.CIError, make: Callable[[Any], Any]) -> None:
    """An error that crosses processes has its class, its text and its attributes."""
    again = make(error)
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("builder", BUILDERS, ids=label)
def test_a_copied_builder_goes_its_own_way(
    builder: ci.CheckBuilder | ci.StageBuilder | ci.AttemptBuilder, make: Callable[[Any], Any]
) -> None:
    """A builder is a template: its copy says the same, and what is added to it stays there."""
    before = builder.build()
    again = make(builder)
    assert again.build() == before
    if isinstance(again, ci.CheckBuilder):
        again.option("b", 2).depends_on("more")
    elif isinstance(again, ci.StageBuilder):
        again.arg("b", 2).depends_on_stages("more")
    else:
        again.detail("b", 2)
    assert again.build() != before
    assert builder.build() == before


async def test_what_belongs_to_a_process_is_equal_to_itself_alone() -> None:
    """Nodes, handles, executions and runners are hashable, equal to themselves, and refuse copy and pickle."""
    things = await live_things()
    assert {type(thing).__name__ for thing in things} == UNIQUE
    assert len(set(things)) == len(things)
    for number, thing in enumerate(things):
        assert [other == thing for other in things] == [index == number for index in range(len(things))]
        for make in COPIES.values():
            with pytest.raises(TypeError, match=f"^{label(thing)} belongs to .* cannot be copied or pickled; "):
                make(thing)


def test_nodes_of_one_name_differ_between_dags() -> None:
    """A node is the node of its DAG: the same id elsewhere, and the same definition made twice, are others."""
    dag = ci.DAG()
    step = dag.shell("a", "x")
    assert step.check == step.check
    assert hash(step.check) == hash(step.check)
    assert step.check != ci.DAG().check("a")
    assert dag.check("a") != step.check


def test_abstract_classes_are_no_values() -> None:
    """What has no sample because it is a base is one of something that has."""
    classes = public_classes()
    for name in ABSTRACT:
        assert any(issubclass(other, classes[name]) and other is not classes[name] for other in classes.values())
        assert not inspect.isabstract(classes[name]) or name == "Handle"
