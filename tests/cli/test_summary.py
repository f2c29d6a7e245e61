from __future__ import annotations

from ci.cli.view.phases import UNICODE
from ci.cli.view.state import PlanView
from ci.cli.view.summary import Failure, failures, recorded, summary, unfinished
from tests.cli.plans import Story, at, check, output, stage, steps
from turboci.dependencies import NodeKind, NodeRef
from turboci.nodes import Attempt, Nodes
from turboci.reasons import Explanation, Reason, ReasonKind
from turboci.states import AttemptState, CheckState, Outcome


def ended_plan() -> PlanView:
    view = PlanView("p1", "hello")
    view.learn(steps({"lint": (), "test": ("lint",), "deploy": ("test",)}))
    story = Story(view)
    story.begins("lint", 0)
    story.ends("lint", 1.2)
    story.begins("test", 1.2)
    story.ends("test", 3.2, Outcome.FAILED, "exit status 1")
    story.ends("deploy", 3.2, Outcome.SKIPPED, "check 'test' is FAILED, so its dependencies cannot be satisfied")
    return view


def test_summary_at_80_columns() -> None:
    """The summary has the total, every node, and each failure with its last lines."""
    failed = [Failure(label="test", cause="exit status 1", output=("E  assert 1 == 2", "1 failed in 0.12s"))]
    assert summary(ended_plan(), failed, 3.4, 80, UNICODE).plain.splitlines() == [
        "hello: 1 succeeded, 1 failed, 1 skipped in 3.4s",
        "  ✓ lint    succeeded   1.2s",
        "  ✗ test    FAILED      2.0s  exit status 1",
        "  ⊘ deploy  skipped           check 'test' is FAILED",
        "",
        "test FAILED: exit status 1",
        "  │ E  assert 1 == 2",
        "  │ 1 failed in 0.12s",
    ]


def test_long_reasons_get_a_line_of_their_own() -> None:
    """Why something did not run is readable at 80 columns; a failure is told in full below and may be cut."""
    view = PlanView("p1")
    view.learn(steps({"build-the-whole-thing": (), "deploy-to-production-and-elsewhere": (), "gpu": ()}))
    story = Story(view)
    cause = "check 'build-the-whole-thing' is FAILED, so its dependencies cannot be satisfied"
    story.ends("deploy-to-production-and-elsewhere", 1, Outcome.SKIPPED, cause)
    story.begins("build-the-whole-thing", 0)
    story.ends("build-the-whole-thing", 1, Outcome.FAILED, "x" * 50)
    reason = "no live runner of type 'gpu' takes SYNC work; registered: 'shell'"
    view.explain(Explanation((Reason(NodeRef(NodeKind.STAGE, "gpu"), ReasonKind.NO_RUNNER, reason),)))
    assert summary(view, [], 1.0, 80, UNICODE).plain.splitlines()[1:] == [
        "  ✗ build-the-whole-thing             FAILED      1.0s  xxxxxxxxxxxxxxxxxxxxxxx…",
        "  ⊘ deploy-to-prod…ion-and-elsewhere  skipped",
        "      check 'build-the-whole-thing' is FAILED",
        "  · gpu                               waiting",
        "      no live runner of type 'gpu' takes SYNC work; registered: 'shell'",
    ]


def test_failures_carry_the_last_lines_of_their_command() -> None:
    """The output comes from the result of the failed check, made harmless; its last 20 lines are shown."""
    text = "".join(f"line {n}\n" for n in range(30)) + "\x1b[31mred\x1b[0m 10%\r100%\n"
    nodes = Nodes(checks=(check("test", state=CheckState.FINAL, results=(output(text),)),))
    (failure,) = failures(ended_plan(), nodes)
    assert (failure.label, failure.cause) == ("test", "exit status 1")
    assert failure.output == (*(f"line {n}" for n in range(30)), "100%")
    shown = summary(ended_plan(), [failure], 3.4, 80, UNICODE).plain.splitlines()
    assert shown[5:8] == [
        "test FAILED: exit status 1",
        "  │ … 11 lines before these, see the record",
        "  │ line 11",
    ]
    assert shown[-1] == "  │ 100%"
    assert len(shown) == 5 + 1 + 1 + 20


def test_functions_tell_their_traceback() -> None:
    """What a function raised is told with the lines of its traceback that the attempt keeps."""
    details = {"traceback": "Traceback (most recent call last):\n  File 'ci.py', line 3\nValueError: boom"}
    failing = Attempt(idx=1, state=AttemptState.INCOMPLETE, details=details)
    nodes = Nodes(checks=(check("test"),), stages=(stage("test", attempts=(failing,)),))
    (failure,) = failures(ended_plan(), nodes)
    assert failure.output == ("Traceback (most recent call last):", "  File 'ci.py', line 3", "ValueError: boom")


def test_failures_of_one_line_stand_together() -> None:
    """Empty lines are only between failures that have more to say than a line."""
    failed = [Failure(label=label, cause="exit status 1", output=("x",) * (label == "c")) for label in "abcde"]
    lines = summary(PlanView("p1"), failed, 1.0, 80, UNICODE).plain.splitlines()
    assert [line[:1] for line in lines[1:]] == ["", "a", "b", "", "c", " ", "", "d", "e"]


def test_failure_without_output_is_still_told() -> None:
    """A node that failed without having printed anything has its cause alone."""
    (failure,) = failures(ended_plan(), Nodes())
    assert failure == Failure(label="test", cause="exit status 1")


def test_of_very_many_rows_the_worst_are_told() -> None:
    """A thousand nodes that were skipped do not bury the one that failed: sixty lines, and then numbers."""
    view = PlanView("p1")
    view.learn(steps({f"s{n}": () for n in range(1000)}))
    story = Story(view)
    for n in range(999):
        story.ends(f"s{n}", 1, Outcome.SKIPPED, "check 'a' is FAILED, so it cannot run")
    story.ends("s999", 1, Outcome.FAILED, "exit status 2")
    lines = summary(view, [], 1.0, 80, UNICODE).plain.splitlines()
    assert len(lines) == 62
    assert lines[-2:] == ["  ✗ s999  FAILED            exit status 2", "  … and 940 nodes more: 940 skipped"]


def test_large_plan_lists_what_did_not_succeed() -> None:
    """Of hundreds of nodes the summary names those that did not succeed and counts the others."""
    view = PlanView("p1")
    view.learn(steps({f"s{n}": () for n in range(100)}))
    story = Story(view)
    for n in range(99):
        story.ends(f"s{n}", 1)
    story.ends("s99", 1, Outcome.FAILED, "exit status 2")
    lines = summary(view, [], 1.0, 80, UNICODE).plain.splitlines()
    assert lines == [
        "99 succeeded, 1 failed in 1.0s",
        "  ✗ s99  FAILED            exit status 2",
        "  … and 99 nodes more: 99 succeeded",
    ]


def test_plan_without_nodes_says_so() -> None:
    """An empty plan has a summary, too."""
    assert summary(PlanView("p1"), [], 0.1, 80, UNICODE).plain == "no nodes, nothing to do, in 0.1s"


def test_unfinished_rows_say_why() -> None:
    """A plan that stopped names each row that has not ended, with the reason."""
    view = PlanView("p1")
    view.learn(steps({"gpu": ()}))
    view.rows[0].since = at(0)
    assert unfinished(view, at(3)) == ["gpu is waiting since 3.0s: no reason known"]
    view.explain(Explanation((Reason(NodeRef(NodeKind.STAGE, "gpu"), ReasonKind.NO_RUNNER, "nobody takes 'gpu'"),)))
    assert unfinished(view, at(3)) == ["gpu is waiting since 3.0s: nobody takes 'gpu'"]


def test_record_names_the_database_and_the_plans() -> None:
    """The last line says where to look the run up."""
    assert recorded("turboci.db", ["a"]).plain == "recorded in turboci.db, plan a"
    assert recorded("turboci.db", ["a", "b"]).plain == "recorded in turboci.db, plans a, b"
