from __future__ import annotations

from pathlib import Path

import pytest

import ci
from ci import AttemptState, CheckState, ExecutionMode, StageState


def test_a_check_says_what_was_set() -> None:
    """Every setting of a check arrives in the write."""
    write = (
        ci.new_check("build")
        .kind("build")
        .planning()
        .option("target", "//pkg")
        .options({"jobs": 4})
        .depends_on("plan")
        .depends_on(ci.stage("fetch"))
        .result({"artifact": "app.tar"}, finalize=False)
        .build()
    )
    assert (write.id, write.kind, write.state) == ("build", "build", CheckState.PLANNING)
    assert write.options == {"target": "//pkg", "jobs": 4}
    assert write.dependencies == ci.depends_on("plan", ci.stage("fetch"))
    assert write.result == ci.CheckResultWrite(data={"artifact": "app.tar"})


@pytest.mark.parametrize(
    ("builder", "state"),
    [
        (ci.new_check("a").planned(), CheckState.PLANNED),
        (ci.new_check("a").waiting(), CheckState.WAITING),
        (ci.new_check("a").final(), CheckState.FINAL),
        (ci.new_check("a"), None),
    ],
)
def test_states_of_a_check(builder: ci.CheckBuilder, state: CheckState | None) -> None:
    """Each shortcut sets its state; without one the orchestrator decides."""
    assert builder.build().state is state


def test_a_red_result_is_final() -> None:
    """A result with a failure ends the check."""
    result = ci.new_check("a").result_with_failure("3 tests failed", {"count": 3}).build().result
    assert result == ci.CheckResultWrite(data={"count": 3}, finalize=True, failure="3 tests failed")


def test_a_stage_says_what_was_set() -> None:
    """Every setting of a stage arrives in the write."""
    write = (
        ci.new_stage("exec")
        .runner_type("builder")
        .async_()
        .state(StageState.PLANNED)
        .arg("target", "//pkg")
        .args({"jobs": 4})
        .assigns("a", "b")
        .assigns_with_goal("c", CheckState.WAITING)
        .assigns_all(ci.assigns("d"))
        .depends_on_stages("plan")
        .depends_on_checks("ok")
        .retry(max_attempts=5)
        .timeout(60)
        .priority(3)
        .always()
        .parent("root")
        .build()
    )
    assert (write.runner_type, write.execution_mode, write.state) == (
        "builder",
        ExecutionMode.ASYNC,
        StageState.PLANNED,
    )
    assert write.args == {"target": "//pkg", "jobs": 4}
    assert [each.target_check_id for each in write.assignments] == ["a", "b", "c", "d"]
    assert write.dependencies == ci.depends_on(ci.stage("plan"), "ok")
    assert (write.retry, write.timeout, write.priority) == (ci.RetryPolicy(max_attempts=5), 60.0, 3)
    assert (write.parent_stage_id, write.always) == ("root", True)
    assert ci.new_stage("s").runner_type("r").build().always is None


def test_a_check_that_is_assigned_again_takes_the_later_goal() -> None:
    """A stage is assigned to a check once."""
    write = ci.new_stage("s").runner_type("r").assigns("a").assigns_with_goal("a", CheckState.WAITING).build()
    assert write.assignments == (ci.Assignment("a", CheckState.WAITING),)


def test_a_stage_without_a_runner_type_is_refused() -> None:
    """Build refuses a stage that nobody could execute."""
    with pytest.raises(ci.InvalidArgument) as caught:
        ci.new_stage("exec").build()
    assert str(caught.value) == "stage 'exec' has no runner type; add .runner_type(...)"


def test_a_stage_that_is_claimed_needs_no_runner_type() -> None:
    """Who claims the attempt of a stage executes it."""
    attempt = ci.new_stage("exec").claim_attempt("worker-1").build().current_attempt
    assert attempt == ci.AttemptWrite(state=AttemptState.RUNNING, process_uid="worker-1")
    done = ci.new_stage("exec").complete_attempt().build().current_attempt
    assert done == ci.AttemptWrite(state=AttemptState.COMPLETE)
    failed = ci.new_stage("exec").fail_attempt("broken").build().current_attempt
    assert failed == ci.AttemptWrite(state=AttemptState.INCOMPLETE, failure="broken")


def test_an_attempt_says_what_was_set() -> None:
    """Every setting of an attempt arrives in the write."""
    write = ci.new_attempt("w").scheduled().progress(50, "half").detail("a", 1).details({"b": [2]}).failure("x").build()
    assert (write.state, write.process_uid, write.failure) == (AttemptState.SCHEDULED, "w", "x")
    assert write.progress == ci.ProgressEntry(message="half", percent=50)
    assert write.details == {"a": 1, "b": [2]}
    states = [ci.new_attempt().pending(), ci.new_attempt().running(), ci.new_attempt().complete()]
    assert [each.build().state for each in states] == [
        AttemptState.PENDING,
        AttemptState.RUNNING,
        AttemptState.COMPLETE,
    ]


def test_progress_is_a_percentage() -> None:
    """Progress outside of 0 to 100 is refused."""
    with pytest.raises(ci.InvalidArgument, match="attempt has progress 101; 0 to 100 is allowed"):
        ci.new_attempt().progress(101)


def test_and_cannot_be_mixed_with_or() -> None:
    """One node has one kind of group; the error says how to write the other thing."""
    with pytest.raises(ci.InvalidArgument) as caught:
        ci.new_check("a").depends_on("b").depends_on_any("c", "d")
    assert str(caught.value) == (
        "check 'a' mixes dependencies of AND with OR; a node has one group; let a stage of its own wait for the "
        "alternatives (after_any) and depend on that stage"
    )


def test_different_thresholds_cannot_be_mixed() -> None:
    """Two thresholds on one node contradict each other."""
    builder = ci.new_check("a").dependencies(ci.depends_on_at_least(1, "b", "c"))
    with pytest.raises(ci.InvalidArgument, match="mixes dependencies of AT_LEAST 1 with AT_LEAST 2"):
        builder.dependencies(ci.depends_on_at_least(2, "d", "e"))


def test_an_empty_group_changes_nothing() -> None:
    """Dependencies on nothing neither add an edge nor fix the predicate."""
    write = ci.new_check("a").depends_on().depends_on_any("b").build()
    assert write.dependencies == ci.depends_on_any("b")


def test_a_builder_shares_nothing_with_what_it_built() -> None:
    """What was built stays as it is, whatever happens to the builder, the input or another build."""
    given = {"list": [1]}
    builder = ci.new_stage("s").runner_type("r").args(given)
    first = builder.build()
    given["list"].append(2)
    builder.arg("list", [3]).arg("more", True)
    second = builder.build()
    assert first.args == {"list": [1]}
    assert second.args == {"list": [3], "more": True}
    third = builder.build()
    assert second.args is not None
    second.args["list"].append(4)  # type: ignore[union-attr]
    assert third.args == {"list": [3], "more": True}


def test_bad_json_is_refused_at_the_call_with_its_path() -> None:
    """What is no JSON is refused where it is given; the message has path, value and type."""
    with pytest.raises(ci.InvalidArgument) as caught:
        ci.new_stage("b").args({"p": {"x": [0, {"y": Path("x")}]}})
    assert str(caught.value).startswith("stage 'b': args.p.x[1].y is ") or "args.p.x[1].y is" in str(caught.value)
    with pytest.raises(ci.InvalidArgument, match=r"check 'c' options\.n is nan"):
        ci.new_check("c").option("n", float("nan"))


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_a_timeout_is_a_positive_number(seconds: float) -> None:
    """A timeout that could not be meant is refused at the call."""
    with pytest.raises(ci.InvalidArgument, match="a timeout is a positive number of seconds"):
        ci.new_stage("s").timeout(seconds)
