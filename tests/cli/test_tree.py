from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.text import Text

from ci.cli.view.layout import outline
from ci.cli.view.phases import ASCII, UNICODE, Glyphs
from ci.cli.view.state import PlanView
from ci.cli.view.tree import Canvas, shortened, tree
from tests.cli.plans import START, Story, at, steps
from turboci.dependencies import NodeKind, NodeRef
from turboci.reasons import Explanation, Reason, ReasonKind
from turboci.states import AttemptState, Outcome

EDGES: dict[str, tuple[str, ...]] = {
    "plan": (),
    "lint": ("plan",),
    "types": ("plan",),
    "test-unit": ("lint", "types"),
    "test-with-a-name-that-is-longer-than-its-column": ("lint",),
    "wheel": ("test-unit",),
    "gpu": (),
}


def busy_plan() -> PlanView:
    view = PlanView("p1", "release")
    view.learn(steps(EDGES))
    story = Story(view)
    story.begins("plan", 0.0)
    story.ends("plan", 1.0)
    story.begins("lint", 1.0)
    story.begins("types", 1.0)
    story.ends("types", 3.5, Outcome.FAILED, "exit status 1\nmore lines")
    story.ends("test-unit", 3.5, Outcome.SKIPPED, "check 'types' FAILED")
    story.ends("wheel", 3.5, Outcome.SKIPPED, "check 'test-unit' was SKIPPED")
    view.hear(
        "lint", "checking \x1b[31mci/cli/view/tree.py\x1b[0m, which takes longer than one would think of such a file"
    )
    reason = "no live runner of type 'gpu'; registered: 'shell'"
    view.explain(Explanation((Reason(NodeRef(NodeKind.STAGE, "gpu"), ReasonKind.NO_RUNNER, reason),)))
    return view


def draw(view: PlanView, width: int = 80, height: int = 24, glyphs: Glyphs = UNICODE) -> Text:
    canvas = Canvas(width=width, height=height, now=at(12.3), started_at=START)
    return tree(view, outline(view.rows, view.parents), canvas, glyphs)


def test_tree_at_80_columns() -> None:
    """Each row shows its state, its time and what there is to say of it, in one line."""
    for row in (busy := busy_plan()).rows:
        row.since = row.since or START
    assert draw(busy).plain.splitlines() == [
        "✓ plan                             1.0s",
        "├─ ⠋ lint                         11.3s  checking ci/cli/view/tree.py, which ta…",
        "│  └─ · test-with-…an-its-column",
        "└─ ✗ types                         2.5s  exit status 1",
        "   └─ ⊘ test-unit                        check 'types' FAILED",
        "      └─ ⊘ wheel                         check 'test-unit' was SKIPPED",
        "· gpu",
        "  no live runner of type 'gpu'; registered: 'shell'",
        "1 running   2 waiting   4 of 7 nodes done   1 failed                     12.3s",
    ]


def test_tree_in_ascii() -> None:
    """A terminal that cannot show the signs gets plain ones."""
    text = draw(busy_plan(), glyphs=ASCII).plain
    assert text.isascii()
    assert text.splitlines()[3].startswith("`- X types")


def test_long_reason_stands_below_its_row() -> None:
    """Why a row is stuck has a line of its own within the rails, unless it fits beside the row or there is no room."""
    view = PlanView("p1")
    view.learn(steps({"root": (), "training-on-the-gpu": ("root",), "next": ("root",)}))
    reason = "no live runner of type 'gpu'; registered: 'shell'; work waits"
    view.explain(Explanation((Reason(NodeRef(NodeKind.STAGE, "training-on-the-gpu"), ReasonKind.NO_RUNNER, reason),)))
    view.rows[1].since = START
    assert draw(view, width=72).plain.splitlines()[1:4] == [
        "├─ · training-on-the-gpu",
        "│    no live runner of type 'gpu'; registered: 'shell'; work waits",
        "└─ · next",
    ]
    beside = "├─ · training-on-the-gpu         no live runner of type 'gpu'; registered: 'shell'; work waits"
    assert draw(view, width=100).plain.splitlines()[1] == beside
    assert draw(view, width=72, height=4).plain.splitlines()[1].startswith("├─ · training-on-the-gpu         no live")


def test_reason_shows_after_five_seconds() -> None:
    """A row that has just begun to wait says nothing of it yet."""
    view = busy_plan()
    gpu = view.row(NodeRef(NodeKind.STAGE, "gpu"))
    assert gpu is not None
    gpu.since = at(8)
    assert "no live runner" not in draw(view).plain
    gpu.since = at(7)
    assert "no live runner" in draw(view).plain


@pytest.mark.parametrize("height", [3, 4, 6])
def test_small_screen_says_what_it_leaves_out(height: int) -> None:
    """The view never has more lines than the screen, keeps what failed and counts the rest."""
    lines = draw(busy_plan(), height=height).plain.splitlines()
    assert len(lines) == height
    assert any("types" in line for line in lines)
    assert lines[-2].startswith(f"… and {7 - (height - 2)} more: ")


def test_everything_left_out_is_counted_by_phase() -> None:
    """The line of what is left out names each phase with its number."""
    assert draw(busy_plan(), height=4).plain.splitlines()[-2] == "… and 5 more: 2 waiting, 1 succeeded, 2 skipped"


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    """Lines are cut, never wrapped, wide characters included."""
    view = busy_plan()
    view.hear("lint", "日本語の長い行" * 30)
    assert all(cell_len(line) <= width for line in draw(view, width=width).plain.splitlines())


def test_thousand_rows_stay_on_the_screen() -> None:
    """A large plan is shown in as many lines as there are."""
    view = PlanView("p1")
    view.learn(steps({f"s{n}": () for n in range(1000)}))
    Story(view).begins("s900", 1.0)
    lines = draw(view).plain.splitlines()
    assert len(lines) == 24
    assert "⠋ s900" in "\n".join(lines)
    assert lines[-2] == "… and 978 more: 978 waiting"


def test_empty_plan() -> None:
    """An empty plan is one line of zeros."""
    assert draw(PlanView("p1"), width=60).plain == "0 running   0 waiting   0 of 0 nodes done            12.3s"


def test_next_attempt_is_numbered_while_it_queues() -> None:
    """A stage that waits for its second attempt says so at once, and why after a while."""
    view = PlanView("p1")
    view.learn(steps({"lint": ()}))
    story = Story(view)
    story.begins("lint", 1.0)
    story.attempts("lint", 10.0, AttemptState.PENDING, 2)
    assert draw(view, width=60).plain.splitlines()[0] == "○ lint  11.3s  attempt 2"
    reason = Reason(NodeRef(NodeKind.STAGE, "lint"), ReasonKind.BACKING_OFF, "attempt 2 begins in 3 s")
    view.explain(Explanation((reason,)))
    view.rows[0].since = at(7)
    assert draw(view, width=60).plain.splitlines()[0] == "○ lint  11.3s  attempt 2 begins in 3 s"


def test_percentages_are_bars() -> None:
    """What a runner reports fills a bar, in the signs that the terminal can show."""
    view = PlanView("p1")
    view.learn(steps({"lint": ()}))
    Story(view).begins("lint", 0.0)
    view.rows[0].percent = 35
    assert "━━━╌╌╌╌╌╌╌  35%" in draw(view).plain
    assert "###.......  35%" in draw(view, glyphs=ASCII).plain


def test_last_lines_of_what_runs_stand_below_it() -> None:
    """Where there is room the last three lines are shown; on a screen that is full only the last one, in its row."""
    view = PlanView("p1")
    view.learn(steps({"lint": (), "test": ("lint",)}))
    Story(view).begins("lint", 0.0)
    for line in ("one", "two", "three", "\x1b[2Jfour"):
        view.hear("lint", line)
    assert [line.rstrip() for line in draw(view).plain.splitlines()[:5]] == [
        "⠋ lint     12.3s", "  │ two", "  │ three", "  │ four", "└─ · test"
    ]  # fmt: skip
    full = draw(view, height=4).plain.splitlines()
    assert full[0].endswith("12.3s  four")
    assert len(full) <= 4


@pytest.mark.parametrize("label", ["日本語の長い名前のテスト・スイート-17", "test:linux-x86_64/python3.11/suite-17"])
@pytest.mark.parametrize("width", range(9, 40))
def test_shortened_names_keep_both_ends_and_fit(label: str, width: int) -> None:
    """Also names whose characters take two cells."""
    short = shortened(label, width, UNICODE)
    assert cell_len(short) <= width
    assert short == label or (short[0] == label[0] and short[-1] == label[-1] and "…" in short)
