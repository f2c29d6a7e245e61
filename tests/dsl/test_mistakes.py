"""What users do wrong, and the whole of what they are told."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from pathlib import PurePosixPath

import pytest

import ci
from tests.dsl.recording import RecordingOrchestrator

HERE = "tests/dsl/test_mistakes.py"


def line() -> int:
    """Return the line of the caller."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


def told(error: type[Exception], mistake: Callable[[], object]) -> str:
    """Return the text of the error that a mistake ends with."""
    with pytest.raises(error) as caught:
        mistake()
    assert type(caught.value) is error
    return str(caught.value)


def test_a_typo_in_an_id() -> None:
    """The line of the dependency, and the id that was probably meant."""
    dag = ci.DAG("release")
    dag.check("build")
    dag.check("package").depends_on("biuld")
    assert told(ci.DAGValidationError, dag.validate) == (
        "DAG 'release' has 1 problem; nothing was written\n"
        f"  {HERE}:{line() - 3}: CI005 check 'package' depends on check 'biuld', which this DAG does not have "
        "(did you mean 'build'?)"
    )


def test_a_stage_without_a_runner() -> None:
    """The line of the stage, and the call that is missing."""
    dag = ci.DAG("release")
    dag.stage("compile").assigns(dag.check("build"))
    assert told(ci.DAGValidationError, dag.validate) == (
        "DAG 'release' has 1 problem; nothing was written\n"
        f"  {HERE}:{line() - 3}: CI016 stage 'compile' has no runner type, so nobody would execute it; "
        "add .runner(...)"
    )


def test_a_cycle() -> None:
    """The whole way round, and the line of one of its edges."""
    dag = ci.DAG("release")
    lint = dag.shell("lint", "ruff check")
    test = dag.shell("test", "pytest").after(lint)
    lint.after(test)
    assert told(ci.DAGValidationError, dag.validate) == (
        "DAG 'release' has 1 problem; nothing was written\n"
        f"  {HERE}:{line() - 3}: CI008 dependencies form a cycle: 'lint' -> 'test' -> 'lint'; remove one of these edges"
    )


def test_a_node_of_another_dag() -> None:
    """Both DAGs, by name."""
    build = ci.DAG("build").shell("compile", "make")
    dag = ci.DAG("release")
    dag.shell("publish", "make publish").after(build)
    assert told(ci.DAGValidationError, dag.validate) == (
        "DAG 'release' has 1 problem; nothing was written\n"
        f"  {HERE}:{line() - 3}: CI010 stage 'publish' depends on check 'compile' of DAG 'build'; "
        "a dependency stays within one DAG"
    )


def test_the_same_id_twice() -> None:
    """Both lines."""
    dag = ci.DAG("release")
    dag.check("build")
    dag.check("build")
    at = line()
    assert told(ci.DAGValidationError, dag.validate) == (
        "DAG 'release' has 1 problem; nothing was written\n"
        f"  {HERE}:{at - 1}: CI006 check 'build' is defined twice, first at {HERE}:{at - 2}; "
        "ids are unique among checks and among stages"
    )


def test_the_same_step_twice() -> None:
    """A step is a check and a stage, and still one mistake."""
    dag = ci.DAG("release")
    dag.shell("build", "make")
    dag.shell("build", "make all")
    at = line()
    assert told(ci.DAGValidationError, dag.validate) == (
        "DAG 'release' has 1 problem; nothing was written\n"
        f"  {HERE}:{at - 1}: CI006 check 'build' is defined twice, first at {HERE}:{at - 2}; "
        "ids are unique among checks and among stages"
    )


def test_many_mistakes_at_once() -> None:
    """One error has all of them, in the order of the nodes, each with its line."""
    dag = ci.DAG("release")
    dag.stage("compile").after("plan")
    dag.check("build").depends_on("build")
    at = line()
    assert told(ci.DAGValidationError, dag.validate) == (
        "DAG 'release' has 3 problems; nothing was written\n"
        f"  {HERE}:{at - 2}: CI016 stage 'compile' has no runner type, so nobody would execute it; add .runner(...)\n"
        f"  {HERE}:{at - 2}: CI005 stage 'compile' depends on stage 'plan', which this DAG does not have\n"
        f"  {HERE}:{at - 1}: CI007 check 'build' depends on itself; remove that dependency"
    )


async def test_a_draft_as_a_node() -> None:
    """What was forgotten is the await."""
    dag = ci.DAG("release")
    draft = dag.add_check("build")
    assert told(ci.InvalidArgument, lambda: dag.stage("compile").assigns(draft)) == (  # type: ignore[arg-type]
        "assigns() is given <CheckDraft 'build'> (CheckDraft), which is no node; "
        "await it first, and give what that returns"
    )
    dag.stage("compile").assigns(await draft)


async def test_a_draft_that_is_asked_for_what_nodes_have() -> None:
    """The same, where the draft is used like the node."""
    draft = ci.DAG("release").add_stage("compile").runner("builder")
    assert told(AttributeError, lambda: draft.finished) == (  # type: ignore[attr-defined]
        "StageDraft has no 'finished'; await it first, and use what that returns"
    )
    assert (await draft).id == "compile"


async def test_an_execution_that_was_not_awaited(port: RecordingOrchestrator) -> None:
    """Executing a DAG gives the execution only when it is awaited."""
    dag = ci.DAG("release")
    dag.check("build")
    launch = dag.execute(port)
    assert told(AttributeError, lambda: launch.wait_for_completion) == (  # type: ignore[attr-defined]
        "Launch has no 'wait_for_completion'; await it first, and use what that returns"
    )
    assert port.calls == []


async def test_a_draft_that_nobody_awaits(port: RecordingOrchestrator) -> None:
    """A warning at the line of the user; the node is not lost."""
    dag = ci.DAG("release")
    dag.check("plan")
    await dag.execute(port)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        dag.add_check("build")
    (warning,) = caught
    assert (warning.filename, warning.lineno) == (__file__, line() - 2)
    assert str(warning.message) == "dag.add_check('build') was never awaited; the check stays open"
    await dag.commit()
    assert [check.id for check in port.writes[-1][0]] == ["build"]


async def test_a_setting_after_the_node_is_written(port: RecordingOrchestrator) -> None:
    """The node, the setting, and until when settings can be made."""
    dag = ci.DAG("release")
    build = dag.check("build")
    await dag.execute(port)
    assert told(ci.NodeWritten, lambda: build.kind("build")) == (
        "check 'build' is written to the plan, kind() comes too late; "
        "make all settings before the node is executed, committed, waited for or awaited"
    )


async def test_executing_twice(port: RecordingOrchestrator) -> None:
    """A DAG is one run."""
    dag = ci.DAG("release")
    dag.check("build")
    await dag.execute(port)
    with pytest.raises(ci.InvalidState) as caught:
        await dag.execute(port)
    assert str(caught.value) == "DAG 'release' was executed before; a DAG is executed once; build a new one"


def test_an_argument_that_is_no_json() -> None:
    """The path to the value, and its type."""
    stage = ci.DAG("release").stage("compile")
    assert told(ci.InvalidArgument, lambda: stage.arg("paths", [{"src": PurePosixPath("a.py")}])) == (
        "stage 'compile' args.paths[0].src is PurePosixPath('a.py') (PurePosixPath); "
        "only None, bool, int, float, str, lists and dicts with string keys"
    )


def test_an_empty_id() -> None:
    """At the call that has it."""
    text = "check id is empty; give every node a name"
    assert told(ci.EmptyIdError, lambda: ci.DAG("release").check("")) == text
    assert told(ci.EmptyIdError, lambda: ci.depends_on("build", "")) == text
    assert told(ci.EmptyIdError, lambda: ci.new_stage("")) == "stage id is empty; give every node a name"


def test_a_condition_as_a_fact() -> None:
    """`if test.failed:` decides nothing while the graph is built."""
    test = ci.DAG("release").shell("test", "pytest")
    assert told(TypeError, lambda: bool(test.failed)) == (
        "a dependency on check 'test' is not a fact that can be tested; "
        "wait for the node and look at its outcome instead"
    )


def test_a_list_where_nodes_are_wanted() -> None:
    """How to spread it."""
    dag = ci.DAG("release")
    assert told(ci.InvalidArgument, lambda: dag.stage("s").after(["lint", "test"])) == (  # type: ignore[arg-type]
        "after() is given ['lint', 'test'] (list), which is no node; give them one by one: after(*nodes)"
    )


def test_and_with_or() -> None:
    """How to say it with two nodes."""
    stage = ci.DAG("release").stage("deploy").after("test")
    assert told(ci.InvalidArgument, lambda: stage.after_any("linux", "macos")) == (
        "stage 'deploy' mixes dependencies of AND with OR; a node has one group; "
        "let a stage of its own wait for the alternatives (after_any) and depend on that stage"
    )


def test_more_of_them_than_there_are() -> None:
    """Both numbers."""
    stage = ci.DAG("release").stage("deploy")
    assert told(ci.InvalidArgument, lambda: stage.after_at_least(3, "linux", "macos")) == (
        "dependency group has threshold 3 over 2 different edges; the threshold is 1 to the number of different edges"
    )


@pytest.mark.parametrize(
    ("mistake", "text"),
    [
        (lambda dag: dag.check(3), "check id is 3 (int); ids are strings"),
        (lambda dag: dag.check("a").kind(3), "check 'a' has kind 3 (int); text is needed"),
        (lambda dag: dag.check("a").state("FINAL"), "check 'a' has state 'FINAL' (str); write ci.CheckState.FINAL"),
        (
            lambda dag: dag.check("a").state("DONE"),
            "check 'a' has state 'DONE' (str); a ci.CheckState is needed: PLANNING, PLANNED, WAITING, FINAL",
        ),
        (lambda dag: dag.check("a").option(1, 2), "check 'a' has option key 1 (int); text is needed"),
        (lambda dag: dag.stage("s").args([1]), "stage 's' args is [1] (list); a mapping with string keys is needed"),
        (lambda dag: dag.stage("s").arg(None, 2), "stage 's' has argument key None (NoneType); text is needed"),
        (
            lambda dag: dag.stage("s").timeout("60"),
            "stage 's' has timeout '60'; a timeout is a positive number of seconds",
        ),
        (lambda dag: dag.stage("s").priority("9"), "stage 's' has priority '9' (str); a whole number is needed"),
        (
            lambda dag: dag.stage("s").retry(max_attempts="3"),
            "retry policy has max_attempts '3'; 1 to 1,000,000 is allowed",
        ),
        (
            lambda dag: dag.stage("s").runner(None),
            (
                "runner() is given None (NoneType), which has no runner type; "
                "give a runner type, such as 'builder', or a runner"
            ),
        ),
        (
            lambda dag: dag.shell("s", None),
            "step 's' has the command None; a command is a line of text, or a list of the program and its arguments",
        ),
        (
            lambda _: ci.assigns_with_goal("a", "FINAL"),  # type: ignore[arg-type]
            "assignment of check 'a' has goal 'FINAL' (str); write ci.CheckState.FINAL",
        ),
        (lambda _: ci.new_attempt().progress(200), "attempt has progress 200; 0 to 100 is allowed"),
        (
            lambda _: ci.new_attempt().state(30),  # type: ignore[arg-type]
            "attempt has state 30 (int); write ci.AttemptState.RUNNING",
        ),
    ],
)
def test_values_of_the_wrong_type(mistake: Callable[[ci.DAG], object], text: str) -> None:
    """The node, the setting and the value, at the call."""
    assert told(ci.InvalidArgument, lambda: mistake(ci.DAG("release"))) == text


async def test_a_setting_that_does_not_exist(port: RecordingOrchestrator) -> None:
    """The one that was probably meant, and all that there are."""
    async with ci.WorkflowContext(port) as wf:
        with pytest.raises(ci.InvalidArgument) as caught:
            await wf.define_stage("compile", runer="builder")  # type: ignore[call-arg]
    assert str(caught.value) == (
        "stage 'compile' has no setting 'runer' (did you mean 'runner'?); "
        "there are after, args, assigns, mode, retry, runner, state, timeout"
    )


async def test_a_workflow_that_was_not_entered(port: RecordingOrchestrator) -> None:
    """Where its nodes are defined."""
    wf = ci.WorkflowContext(port)
    with pytest.raises(ci.InvalidState) as caught:
        await wf.define_check("build")
    assert str(caught.value) == (
        "the workflow is not entered; define its nodes inside `async with ci.WorkflowContext(...)`"
    )


async def test_a_wait_for_an_id_that_is_not_there(port: RecordingOrchestrator) -> None:
    """At once, and not after a timeout."""
    dag = ci.DAG("release")
    dag.check("build")
    execution = await dag.execute(port)
    with pytest.raises(ci.NotFound) as caught:
        await execution.wait_for_check("biuld")
    assert str(caught.value) == ("check 'biuld' is not in work plan 'plan-1' (did you mean 'build'?); it has 1 check")


def test_a_result_key_that_is_not_there() -> None:
    """Those that are."""
    result = ci.CheckResult(owner_type="test", owner_id="1", data={"targets": [1], "count": 1})
    check = ci.Check(id="plan", work_plan_id="p", state=ci.CheckState.FINAL, results=(result,))
    assert told(ci.NotFound, lambda: check.value("target", list[str])) == (
        "check 'plan' has no result key 'target'; it has: 'count', 'targets'"
    )
    assert told(ci.InvalidArgument, lambda: check.value("targets", list[str])) == (
        "check 'plan' data.targets is [1] (list); list[str] was asked for"
    )


def no_stage() -> None:
    """A handler that forgot its argument."""


def test_a_function_that_is_no_handler() -> None:
    """When it is made one, and not when the first stage comes."""
    rest = "a handler is a function that takes one argument, the StageContext"
    assert told(ci.InvalidArgument, lambda: ci.DAG().function(no_stage)) == (  # type: ignore[arg-type]
        f"handler no_stage() -> 'None' cannot be called with one argument (too many positional arguments); {rest}"
    )
    assert told(ci.InvalidArgument, lambda: ci.Runner("builder").handler(3)) == (  # type: ignore[type-var]
        f"handler 3 (int) cannot be called; {rest}"
    )


def test_a_function_without_a_name() -> None:
    """A lambda has to be given an id."""
    with pytest.raises(ci.InvalidArgument) as caught:
        ci.DAG().function(lambda stage: None)
    assert str(caught.value).startswith("function step <function ")
    assert str(caught.value).endswith('> has no name; write dag.function(id="...")')


async def main() -> None:
    """Nobody gets here."""


def test_a_coroutine_where_its_function_is_wanted() -> None:
    """`ci.run(main())` for `ci.run(main)`."""
    assert told(ci.InvalidArgument, lambda: ci.run(main())) == (  # type: ignore[call-overload]
        "run() is given the coroutine main(); give it the function itself: ci.run(main)"
    )


def test_a_copy_of_a_node() -> None:
    """What to pass on instead is in the text."""
    node = ci.DAG("release").check("build")
    assert told(TypeError, lambda: node.__reduce_ex__(4)) == (
        "CheckNode belongs to the process that made it and cannot be copied or pickled; pass ids and values instead"
    )


def test_an_address_without_a_port() -> None:
    """What an address looks like."""
    with pytest.raises(ci.InvalidArgument) as caught:
        ci.run(_connect)
    assert str(caught.value) == (
        "address 'build-server' of the orchestrator has no port; write host:port, such as 'localhost:50051'"
    )


async def _connect() -> None:
    async with ci.connect("build-server"):
        pass
