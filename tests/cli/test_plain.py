from __future__ import annotations

import re

from rich.text import Text

from ci.cli.view.plain import change_line, label_width, reason_line
from ci.cli.view.state import PlanView
from tests.cli.plans import Story, at, check, steps
from turboci.dependencies import NodeKind, NodeRef
from turboci.nodes import Nodes
from turboci.reasons import Explanation, Reason, ReasonKind
from turboci.states import AttemptState, Outcome


def said(line: Text | None) -> str | None:
    """Return the line without the time of day, which depends on where the test runs."""
    return None if line is None else re.sub(r"^\d\d:\d\d:\d\d  ", "", line.plain)


def view_of(**edges: tuple[str, ...]) -> PlanView:
    view = PlanView("p1")
    view.learn(steps(edges))
    return view


def test_line_begins_with_the_time() -> None:
    """Every line has the time of day in front."""
    view = view_of(lint=())
    Story(view).begins("lint", 1)
    line = change_line(view.rows[0], at(1), 8)
    assert line is not None
    assert re.fullmatch(r"\d\d:\d\d:\d\d  lint      running", line.plain)


def test_success_and_failure_tell_their_time() -> None:
    """A row that ran says for how long, and a failed one why, in one line."""
    view = view_of(lint=(), types=())
    story = Story(view)
    story.begins("lint", 0)
    story.begins("types", 0)
    story.ends("lint", 1.25)
    story.ends("types", 62, Outcome.FAILED, "exit status 1\nand more")
    lines = [said(change_line(row, at(62), label_width(view))) for row in view.rows]
    assert lines == ["lint   succeeded  1.2s", "types  FAILED  1m02s  exit status 1"]


def test_skipped_and_cancelled_tell_their_cause() -> None:
    """What never ran says why instead of how long."""
    view = view_of(test=(), wheel=())
    story = Story(view)
    story.ends("test", 1, Outcome.SKIPPED, "check 'lint' FAILED")
    story.ends("wheel", 1, Outcome.CANCELLED, "the plan was cancelled: stopped by Ctrl-C")
    assert [said(change_line(row, at(2), 5)) for row in view.rows] == [
        "test   skipped  check 'lint' FAILED",
        "wheel  cancelled  stopped by Ctrl-C",
    ]


def test_waiting_is_no_news() -> None:
    """Rows that wait, and open checks that stand alone, print nothing."""
    view = view_of(lint=())
    view.learn(Nodes(checks=(check("approved"),)))
    assert [change_line(row, at(1), 5) for row in view.rows] == [None, None]


def test_next_attempt_is_numbered() -> None:
    """A retry says which attempt it is."""
    view = view_of(lint=())
    Story(view).attempts("lint", 1, AttemptState.RUNNING, 2)
    assert said(change_line(view.rows[0], at(1), 4)) == "lint  running  attempt 2"


def test_only_reasons_that_need_somebody_are_printed() -> None:
    """A row that only waits for others to end prints no reason; one without a runner does."""
    view = view_of(lint=(), gpu=())
    view.explain(
        Explanation(
            (
                Reason(NodeRef(NodeKind.STAGE, "lint"), ReasonKind.DEPENDENCY_OPEN, "waits for check 'plan'"),
                Reason(NodeRef(NodeKind.STAGE, "gpu"), ReasonKind.NO_RUNNER, "no live runner; stage 'gpu' waits"),
            )
        )
    )
    lint, gpu = view.rows
    assert reason_line(lint, at(6), 4) is None
    assert said(reason_line(gpu, at(6), 4)) == "gpu   waiting  no live runner"


def test_long_names_do_not_push_everything_right() -> None:
    """The column of names is at most 32 wide."""
    assert label_width(view_of(**{"x" * 99: ()})) == 32
    assert label_width(PlanView("p1")) == 0
