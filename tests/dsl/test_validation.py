from __future__ import annotations

import inspect
import pickle

import pytest

import ci
from tests.dsl.recording import RecordingOrchestrator


def line() -> int:
    """Return the line of the caller."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


def problems(dag: ci.DAG) -> list[tuple[str, str]]:
    """Return code and text of each problem."""
    try:
        dag.validate()
    except ci.DAGValidationError as error:
        return [(problem.code, problem.text) for problem in error.problems]
    return []


def test_an_unknown_dependency_is_named_with_a_near_miss() -> None:
    """A dependency on an id that the DAG does not have says which one was probably meant."""
    dag = ci.DAG()
    dag.check("build")
    dag.check("package").depends_on("biuld")
    text = "check 'package' depends on check 'biuld', which this DAG does not have (did you mean 'build'?)"
    assert problems(dag) == [("CI005", text)]


def test_an_id_of_the_other_kind_is_pointed_out() -> None:
    """An id that names a stage where a check was asked for is explained."""
    dag = ci.DAG()
    dag.stage("build").runner("builder")
    dag.check("package").depends_on("build")
    text = (
        "check 'package' depends on check 'build', which this DAG does not have "
        "(it has a stage 'build': write ci.stage('build'))"
    )
    assert problems(dag) == [("CI005", text)]


def test_an_unknown_assignment_is_named() -> None:
    """A stage that answers a check that is not there is a problem."""
    dag = ci.DAG()
    dag.stage("exec").runner("builder").assigns("build")
    assert problems(dag) == [("CI005", "stage 'exec' is assigned to check 'build', which this DAG does not have")]


def test_a_cycle_is_shown_as_a_path() -> None:
    """A cycle of checks is one problem with the whole path."""
    dag = ci.DAG()
    lint, build, test = dag.check("lint"), dag.check("build"), dag.check("test")
    lint.depends_on(build)
    build.depends_on(test)
    test.depends_on(lint)
    text = "dependencies form a cycle: 'lint' -> 'build' -> 'test' -> 'lint'; remove one of these edges"
    assert problems(dag) == [("CI008", text)]


def test_a_cycle_of_steps_is_shown_by_their_names() -> None:
    """People see steps, not the check and the stage that each of them is made of."""
    dag = ci.DAG()
    lint, build = dag.shell("lint", "x"), dag.shell("build", "x")
    lint.after(build)
    build.after(lint)
    text = "dependencies form a cycle: 'lint' -> 'build' -> 'lint'; remove one of these edges"
    assert problems(dag) == [("CI008", text)]


def test_a_stage_waits_for_what_its_checks_wait_for() -> None:
    """A cycle that closes through the checks that stages answer is found, and shows the kinds."""
    dag = ci.DAG()
    first, second = dag.check("first"), dag.check("second").depends_on("first")
    dag.stage("one").runner("r").assigns(first).after("two")
    dag.stage("two").runner("r").assigns(second)
    text = (
        "dependencies form a cycle: check 'first' -> stage 'one' -> stage 'two' -> check 'first'; "
        "remove one of these edges"
    )
    assert problems(dag) == [("CI008", text)]


def test_checks_of_one_stage_may_depend_on_each_other() -> None:
    """Dependencies between checks that the same stage answers are no cycle."""
    dag = ci.DAG()
    compile_, test = dag.check("compile"), dag.check("test").depends_on("compile")
    dag.stage("all").runner("r").assigns(compile_, test)
    assert problems(dag) == []


def test_a_stage_cannot_wait_for_what_it_answers() -> None:
    """A stage after its own check is a cycle."""
    dag = ci.DAG()
    check = dag.check("a")
    dag.stage("s").runner("r").assigns(check).after(check)
    text = "dependencies form a cycle: check 'a' -> stage 's' -> check 'a'; remove one of these edges"
    assert problems(dag) == [("CI008", text)]


def test_a_check_cannot_wait_for_the_stage_that_answers_it() -> None:
    """The stage is held back by what its check waits for, and so by itself."""
    dag = ci.DAG("d")
    dag.check("ready")
    dag.check("built").depends_on_any("ready", ci.stage("build").finished)
    dag.stage("build").runner("builder").assigns("built")
    with pytest.raises(ci.DAGValidationError) as raised:
        dag.validate()
    (problem,) = raised.value.problems
    assert problem.code == "CI008"
    assert "check 'built' -> stage 'build' -> check 'built'" in problem.text


def test_a_self_dependency_is_named() -> None:
    """A node that waits for itself is its own kind of problem, also for a step."""
    dag = ci.DAG()
    dag.check("a").depends_on("a")
    step = dag.shell("b", "x")
    step.after(step)
    assert problems(dag) == [
        ("CI007", "check 'a' depends on itself; remove that dependency"),
        ("CI007", "stage 'b' depends on itself; remove that dependency"),
    ]


def test_a_stage_without_a_runner_is_named() -> None:
    """A stage needs a runner type."""
    dag = ci.DAG()
    dag.stage("s")
    assert problems(dag) == [("CI016", "stage 's' has no runner type, so nobody would execute it; add .runner(...)")]


def test_a_node_of_another_dag_is_named() -> None:
    """Dependencies stay within a DAG."""
    other = ci.DAG("other")
    dag = ci.DAG("mine")
    dag.check("a").depends_on(other.check("b"))
    text = "check 'a' depends on check 'b' of DAG 'other'; a dependency stays within one DAG"
    assert problems(dag) == [("CI010", text)]


def test_an_id_that_is_used_twice_is_named_with_both_places() -> None:
    """The second definition of an id is the problem; it names the line of the first."""
    dag = ci.DAG()
    dag.check("a")
    first = line() - 1
    dag.check("a")
    text = (
        f"check 'a' is defined twice, first at tests/dsl/test_validation.py:{first}; "
        "ids are unique among checks and among stages"
    )
    assert problems(dag) == [("CI006", text)]


def test_a_check_and_a_stage_may_share_an_id() -> None:
    """Ids are unique among checks and among stages, not between them."""
    dag = ci.DAG()
    dag.check("a")
    dag.stage("a").runner("r").assigns("a")
    assert problems(dag) == []


def test_a_dag_without_nodes_is_refused() -> None:
    """Nothing cannot be executed."""
    assert problems(ci.DAG("empty")) == [
        ("CI026", "DAG 'empty' has no nodes; add a check, a stage or a step before it is executed")
    ]


def test_all_problems_come_at_once_with_the_lines_of_the_user() -> None:
    """One error lists everything, each with code, file and line of the call that said it."""
    dag = ci.DAG("release")
    build = dag.check("build")
    here = line()
    build.depends_on("paln")
    dag.stage("exec")
    dag.check("b").depends_on("c")
    dag.check("c").depends_on("b")
    with pytest.raises(ci.DAGValidationError) as caught:
        dag.validate()
    file = "tests/dsl/test_validation.py"
    assert str(caught.value) == (
        "DAG 'release' has 3 problems; nothing was written\n"
        f"  {file}:{here + 1}: CI005 check 'build' depends on check 'paln', which this DAG does not have\n"
        f"  {file}:{here + 2}: CI016 stage 'exec' has no runner type, so nobody would execute it; add .runner(...)\n"
        f"  {file}:{here + 3}: CI008 dependencies form a cycle: 'b' -> 'c' -> 'b'; remove one of these edges"
    )
    assert caught.value.problems[0].node == "check 'build'"


def test_separate_cycles_are_all_found() -> None:
    """Cycles that share no edge are each a problem."""
    dag = ci.DAG()
    for a, b in (("a", "b"), ("c", "d")):
        dag.check(a).depends_on(b)
        dag.check(b).depends_on(a)
    assert [code for code, _ in problems(dag)] == ["CI008", "CI008"]


async def test_nothing_is_written_when_there_are_problems(port: RecordingOrchestrator) -> None:
    """Execute validates before the first call."""
    dag = ci.DAG()
    dag.stage("s")
    with pytest.raises(ci.DAGValidationError):
        await dag.execute(port)
    assert port.calls == []


def test_a_long_chain_is_validated_without_recursion() -> None:
    """Depth is no problem: a chain of 5,000 steps has none, and a cycle around all of it is found."""
    dag = ci.DAG()
    first = before = dag.shell("0", "x")
    for number in range(1, 5000):
        before = dag.shell(str(number), "x").after(before)
    assert problems(dag) == []
    first.after(before)
    assert [code for code, _ in problems(dag)] == ["CI008"]


def test_the_error_pickles() -> None:
    """A validation error crosses process boundaries whole."""
    dag = ci.DAG("x")
    dag.stage("s")
    with pytest.raises(ci.DAGValidationError) as caught:
        dag.validate()
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert copy.problems == caught.value.problems


def test_mixing_predicates_is_refused_at_the_call() -> None:
    """The rule of the builders holds for nodes."""
    dag = ci.DAG()
    stage = dag.stage("s").after("a")
    with pytest.raises(ci.InvalidArgument, match="stage 's' mixes dependencies of AND with OR"):
        stage.after_any("b", "c")


def test_a_stage_cannot_answer_a_stage() -> None:
    """Only checks are answered."""
    with pytest.raises(ci.InvalidArgument, match=r"assigns\(\) is given stage 'x'; a stage answers checks"):
        ci.DAG().stage("s").assigns(ci.stage("x"))


@pytest.mark.parametrize("command", ["", "  ", [], ["ls", 3], None, 3])
def test_a_command_is_text(command: str) -> None:
    """A step without a command that can be run is refused at the call."""
    with pytest.raises(ci.InvalidArgument, match="step 's' has the command"):
        ci.DAG().shell("s", command)
