"""What WorkflowFailed says, so that a person can act on it."""

from __future__ import annotations

import pickle
import textwrap
from dataclasses import replace

import ci
from ci import AttemptState, ConcludedReason, Outcome
from ci.workflow.result import WorkflowResult

FAILED, SKIPPED, CANCELLED, SUCCEEDED = Outcome.FAILED, Outcome.SKIPPED, Outcome.CANCELLED, Outcome.SUCCEEDED


def check(id: str, outcome: Outcome, *after: str, cause: str | None = None, output: str | None = None) -> ci.Check:
    results = () if output is None else (ci.CheckResult(owner_type="x", owner_id="1", data={"output": output}),)
    return ci.Check(
        id=id,
        work_plan_id="plan-1",
        state=ci.CheckState.FINAL,
        outcome=outcome,
        cause=cause,
        results=results,
        dependencies=ci.depends_on(*after),
    )


def stage(
    id: str,
    outcome: Outcome,
    *after: ci.Dependable,
    answers: str = "",
    cause: str | None = None,
    parent: str | None = None,
    reason: ConcludedReason | None = None,
    attempts: tuple[ci.Attempt, ...] = (),
) -> ci.Stage:
    return ci.Stage(
        id=id,
        work_plan_id="plan-1",
        state=ci.StageState.FINAL,
        outcome=outcome,
        cause=cause,
        concluded_reason=reason,
        parent_stage_id=parent,
        assignments=tuple(map(ci.Assignment, answers.split())),
        dependencies=ci.depends_on(*after),
        attempts=attempts,
    )


def attempt(idx: int, failure: str | None, *progress: tuple[int | None, str]) -> ci.Attempt:
    entries = tuple(ci.ProgressEntry(percent=percent, message=message) for percent, message in progress)
    return ci.Attempt(idx=idx, state=AttemptState.INCOMPLETE, failure=failure, progress=entries)


def text(*nodes: ci.Check | ci.Stage, name: str = "release") -> str:
    return str(error(*nodes, name=name))


def error(*nodes: ci.Check | ci.Stage, name: str = "release") -> ci.WorkflowFailed:
    checks = tuple(node for node in nodes if isinstance(node, ci.Check))
    stages = tuple(node for node in nodes if isinstance(node, ci.Stage))
    return ci.WorkflowFailed(WorkflowResult.of("plan-1", name, ci.Nodes(checks=checks, stages=stages)))


def lines(block: str) -> str:
    return textwrap.dedent(block).strip()


def test_failed_nodes_come_first_then_what_did_not_run() -> None:
    """The headline counts; a node that did not run names the chain to the root, whose cause is said."""
    assert text(
        check("lint", SUCCEEDED),
        check("deploy", SKIPPED, "test"),
        check("test", FAILED, "lint", cause="command exited with 1"),
        check("notify", SKIPPED, "deploy"),
    ) == lines("""
        workflow 'release' failed: of 4 nodes 1 FAILED, 2 SKIPPED
          check 'test' FAILED: command exited with 1
          check 'deploy' SKIPPED
            because check 'test' FAILED: command exited with 1
          check 'notify' SKIPPED
            because check 'deploy' SKIPPED
            because check 'test' FAILED: command exited with 1
    """)


def test_the_last_lines_of_output_are_shown() -> None:
    """Of long output the end counts."""
    output = "".join(f"line {number}\n" for number in range(30))
    said = text(check("test", FAILED, cause="command exited with 1", output=output)).splitlines()
    assert said[1:3] == ["  check 'test' FAILED: command exited with 1", "    | line 10"]
    assert said[-1] == "    | line 29"
    assert len(said) == 22


def test_where_no_output_was_kept_the_last_progress_is_shown() -> None:
    """Lines of the last attempt, percentages where they change."""
    tried = (
        attempt(1, "lost", (5, "of an earlier attempt")),
        attempt(2, "3 tests failed", (10, "compiling"), (10, "a\nb"), (None, "c"), (50, "")),
    )
    assert text(
        check("test", FAILED, cause="3 tests failed"), stage("test", FAILED, answers="test", attempts=tried)
    ) == lines("""
        workflow 'release' failed: of 2 nodes 1 FAILED
          check 'test' FAILED: 3 tests failed
            stage 'test' made 2 attempts:
              1 INCOMPLETE: lost
              2 INCOMPLETE: 3 tests failed
            | 10 % compiling
            | a
            | b
            | c
            | 50 %
    """)


def test_where_a_handler_raised_is_shown() -> None:
    """Behind its last signs of life comes the end of the traceback that its runner kept."""
    kept = "Traceback (most recent call last):\n  File \"builds.py\", line 7, in build\nKeyError: 'target'"
    raised = replace(attempt(1, "KeyError: 'target'", (10, "compiling")), details={"traceback": kept})
    assert text(
        check("test", FAILED, cause="KeyError: 'target'"), stage("test", FAILED, answers="test", attempts=(raised,))
    ) == lines("""
        workflow 'release' failed: of 2 nodes 1 FAILED
          check 'test' FAILED: KeyError: 'target'
            | 10 % compiling
            | Traceback (most recent call last):
            |   File "builds.py", line 7, in build
            | KeyError: 'target'
    """)


def test_of_many_attempts_the_last_are_shown() -> None:
    """Earlier ones are counted."""
    tried = tuple(attempt(idx, f"lost {idx}") for idx in range(1, 9))
    said = text(stage("flaky", FAILED, cause="retries exhausted", attempts=tried)).splitlines()
    assert said[2:5] == [
        "    stage 'flaky' made 8 attempts:",
        "      3 before these",
        "      4 INCOMPLETE: lost 4",
    ]
    assert said[-1] == "      8 INCOMPLETE: lost 8"


def test_a_stage_that_repeats_its_check_is_left_out() -> None:
    """The check and the stage of a red step are one failure for people."""
    found = error(
        check("a", FAILED, cause="red"),
        stage("a", FAILED, answers="a", cause="red"),
        stage("alone", FAILED, cause="timed out"),
    )
    assert str(found) == lines("""
        workflow 'release' failed: of 3 nodes 2 FAILED
          check 'a' FAILED: red
          stage 'alone' FAILED: timed out
    """)
    assert [str(node.ref) for node in found.failed] == ["check 'a'", "stage 'alone'"]


def test_a_group_leads_to_the_child_that_failed() -> None:
    """Roots come before what failed because of them, through nested groups and checks."""
    group = ConcludedReason.GROUP_FAILED
    found = error(
        stage("plan", FAILED, cause="1 of its children failed or were cancelled", reason=group),
        stage("part", FAILED, parent="plan", answers="part", cause="1 of its children ...", reason=group),
        check("part", FAILED, cause="stage 'part' is FAILED"),
        stage("bad", FAILED, parent="part", cause="exit 2"),
        stage("good", SUCCEEDED, parent="part"),
        stage("after", SKIPPED, ci.stage("plan")),
    )
    assert str(found) == lines("""
        workflow 'release' failed: of 6 nodes 3 FAILED, 1 SKIPPED
          stage 'bad' FAILED: exit 2
          check 'part' FAILED
            because stage 'bad' FAILED: exit 2
          stage 'plan' FAILED
            because check 'part' FAILED
            because stage 'bad' FAILED: exit 2
          stage 'after' SKIPPED
            because stage 'plan' FAILED
            because check 'part' FAILED
            because stage 'bad' FAILED: exit 2
    """)
    assert [node.id for node in found.failed] == ["bad", "part", "plan"]


def test_a_long_chain_is_cut_in_the_middle() -> None:
    """The root is always named."""
    chain = [check("0", FAILED, cause="red"), *(check(str(n), SKIPPED, str(n - 1)) for n in range(1, 12))]
    assert text(*chain).splitlines()[-6:] == [
        "  check '11' SKIPPED",
        "    because check '10' SKIPPED",
        "    because check '9' SKIPPED",
        "    because check '8' SKIPPED",
        "    because 7 more ended so",
        "    because check '0' FAILED: red",
    ]


def test_many_failures_are_counted() -> None:
    """Twenty of each outcome are shown."""
    said = text(*(check(f"c{n}", FAILED) for n in range(25)), *(check(f"s{n}", SKIPPED, "c0") for n in range(21)))
    assert "  and 5 more FAILED\n" in said
    assert said.endswith("  and 1 more SKIPPED")


def test_a_cancelled_plan_says_so() -> None:
    """Without failures the headline is another, and the causes are those of the cancellation."""
    assert text(check("a", CANCELLED, cause="the plan was cancelled: enough"), name="") == lines("""
        work plan 'plan-1' was cancelled: of 1 nodes 1 CANCELLED
          check 'a' CANCELLED: the plan was cancelled: enough
    """)


def test_a_skipped_condition_has_no_failed_root() -> None:
    """What would have run on a failure that did not come is explained by the success."""
    said = text(
        check("test", SUCCEEDED), stage("notify", SKIPPED, ci.check("test").failed), check("other", FAILED, cause="red")
    )
    assert said.endswith("  stage 'notify' SKIPPED\n    because check 'test' SUCCEEDED")


def test_it_pickles_with_its_result() -> None:
    """Another process sees the same text, nodes and result."""
    found = error(check("a", FAILED, cause="red"))
    copy = pickle.loads(pickle.dumps(found))
    assert (str(copy), copy.result, copy.failed) == (str(found), found.result, found.failed)
