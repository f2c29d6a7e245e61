"""Scripts, and the history that they make."""

from __future__ import annotations

import pytest

import ci
from ci.testing import History, RecordingRunner
from ci.testing.script import Act, StageScript


def test_an_id_goes_before_patterns_and_later_patterns_before_earlier_ones() -> None:
    """What is said most exactly, or last, counts."""
    runner = RecordingRunner()
    runner.on("build:linux")
    runner.on("build:*")
    runner.on("*:linux")
    assert [runner.has_script(id) for id in ("build:linux", "build:macos", "test:linux", "test:macos")] == [
        True, True, True, False,
    ]  # fmt: skip


def test_saying_it_again_forgets_what_was_said() -> None:
    """`on` begins a new script."""
    runner = RecordingRunner()
    first = runner.on("build").lose()
    second = runner.on("build")
    assert first is not second
    assert second.turn(1).act is Act.SUCCEED


def test_the_last_turn_repeats() -> None:
    """Attempts beyond the script do as the last one it speaks of; an empty script is green."""
    script = StageScript("build").lose().fail("red")
    assert [script.turn(attempt).act for attempt in (1, 2, 3)] == [Act.LOSE, Act.FAIL, Act.FAIL]
    assert StageScript("build").turn(5).act is Act.SUCCEED


@pytest.mark.parametrize("after", [-1.0, float("nan"), float("inf")])
def test_what_is_no_time_is_refused(after: float) -> None:
    """Work takes a number of seconds from 0."""
    with pytest.raises(ci.InvalidArgument, match=r"script of stage 'build' has after=\S+; it is a number of seconds"):
        StageScript("build").succeed(after=after)


def test_what_is_no_json_is_refused_where_it_is_written() -> None:
    """The error names the path in the data."""
    with pytest.raises(ci.InvalidArgument, match=r"script of stage 'build' data.x\[0\] is"):
        StageScript("build").succeed({"x": [object()]})


def test_an_empty_id_is_refused() -> None:
    """A script belongs to a stage."""
    with pytest.raises(ci.EmptyIdError):
        RecordingRunner().on("")


def test_a_history_is_compared_as_a_list() -> None:
    """Lines in order pass, whatever stands between them; what is missing or early is named, with all that happened."""
    history = History(["dispatched a", "dispatched b", "completed b", "completed a"])
    history.assert_order("dispatched a", "completed b", "completed a")
    history.assert_order()
    history.assert_never("failed a")
    with pytest.raises(AssertionError) as early:
        history.assert_order("completed a", "completed b")
    assert str(early.value) == (
        "'completed b' does not come after 'completed a'; what happened:"
        "\n  dispatched a\n  dispatched b\n  completed b\n  completed a"
    )
    with pytest.raises(AssertionError, match="'failed a' did not happen"):
        history.assert_order("failed a")
    with pytest.raises(AssertionError, match="'completed a' happened; what happened:"):
        history.assert_never("completed a")
    with pytest.raises(AssertionError, match="what happened: nothing"):
        History().assert_order("dispatched a")
