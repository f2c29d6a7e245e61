"""What values can tell about themselves."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model import strategies
from turboci.errors import InvalidArgument, NotFound
from turboci.events import Bookmark, CheckChanged, Event, EventFilter, ProgressReported, StageChanged
from turboci.nodes import Check, CheckResult, WorkPlan
from turboci.payloads import JSON
from turboci.retry import MAX_SECONDS, RetryOn, RetryPolicy
from turboci.states import CheckState, StageState


def _check(*results: dict[str, JSON]) -> Check:
    return Check(
        id="plan",
        work_plan_id="p",
        state=CheckState.FINAL,
        results=tuple(CheckResult(owner_type="stage_attempt", owner_id="a:b:2", data=data) for data in results),
    )


def test_later_results_win() -> None:
    """The data of a check are its results folded by top-level key, the later one winning."""
    assert _check({"a": 1, "b": {"x": 1}}, {"b": {"y": 2}}).data == {"a": 1, "b": {"y": 2}}


def test_result_knows_its_stage() -> None:
    """The stage of a result is read from its owner, colons in its id included; other owners are no stages."""
    assert _check({}).results[0].stage_id == "a:b"
    assert CheckResult(owner_type="client", owner_id="a:1").stage_id is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (str, "x"),
        (int, 3),
        (float, 0.5),
        (bool, True),
        (type(None), None),
        (list[str], ["a"]),
        (list[float], [1, 2.5]),
        (dict[str, int], {"a": 1}),
        (list[dict[str, list[int]]], [{"a": [1]}]),
        (object, {"a": [None]}),
    ],
)
def test_value_of_the_right_type_is_returned(kind: type[object], value: JSON) -> None:
    """A result key of the type that was asked for is returned as it is."""
    assert _check({"key": value}).value("key", kind) == value


def test_whole_number_is_a_float_if_one_is_wanted() -> None:
    """A float that was whole, and so came back as an int, is a float again."""
    value = _check({"key": 3}).value("key", float)
    assert (value, type(value)) == (3.0, float)


@pytest.mark.parametrize(
    ("kind", "value"),
    [(str, 1), (int, True), (int, 0.5), (float, True), (float, "1"), (list[int], [1, "2"]), (dict[str, str], {"a": 1})],
)
def test_value_of_another_type_is_refused(kind: type[object], value: JSON) -> None:
    """A result key of another type is refused with check, path, value and the type that was wanted."""
    with pytest.raises(InvalidArgument, match=r"check 'plan' data\.key is .* was asked for"):
        _check({"key": value}).value("key", kind)


def test_missing_value_is_named() -> None:
    """A result key that is not there is refused with those that are, or replaced by the default."""
    with pytest.raises(NotFound, match="check 'plan' has no result key 'c'; it has: 'a', 'b'"):
        _check({"b": 1, "a": 2}).value("c", int)
    assert _check().value("c", int, None) is None


def test_name_of_a_plan() -> None:
    """A plan is called what its metadata say."""
    assert WorkPlan(id="p", metadata={"name": "nightly"}).name == "nightly"
    assert WorkPlan(id="p").name == ""


def _passes(only: EventFilter, event: Event) -> bool:
    """Spell the rule out: the kind, and each filter that is not empty."""
    if isinstance(event, CheckChanged):
        return (
            only.checks
            and event.check_id in (only.check_ids or {event.check_id})
            and event.new_state in (only.check_states or {event.new_state})
        )
    if isinstance(event, StageChanged):
        return (
            only.stages
            and event.stage_id in (only.stage_ids or {event.stage_id})
            and event.new_state in (only.stage_states or {event.new_state})
        )
    if isinstance(event, ProgressReported):
        return only.progress and only.stages and event.stage_id in (only.stage_ids or {event.stage_id})
    return only.bookmarks if isinstance(event, Bookmark) else True


@given(strategies.event_filters, strategies.events)
def test_filter_passes_what_it_says(only: EventFilter, event: Event) -> None:
    """An event passes iff its kind is wanted and each filter is empty or has it; completion passes always."""
    assert only.passes(event) is _passes(only, event)


def test_filter_with_ids_and_states() -> None:
    """A filter by id and state lets through that node in that state alone."""
    only = EventFilter(checks=False, stage_ids=frozenset({"s"}), stage_states=frozenset({StageState.FINAL}))
    moves = [(id, new) for id in "st" for new in (StageState.ATTEMPTING, StageState.FINAL)]
    at = datetime(2025, 1, 1, tzinfo=UTC)
    events = [StageChanged(sequence=1, at=at, stage_id=id, old_state=None, new_state=new) for id, new in moves]
    assert [only.passes(event) for event in events] == [False, True, False, False]
    assert not only.passes(CheckChanged(sequence=1, at=at, check_id="s", old_state=None, new_state=CheckState.FINAL))


@given(strategies.retry_policies, st.integers(1, 2_000))
def test_backoff_grows_to_its_limit(policy: RetryPolicy, ended: int) -> None:
    """The wait never shrinks, never passes its limit, and is the first wait after the first attempt."""
    waits = [policy.backoff(number) for number in (1, ended, ended + 1)]
    assert waits[0] == min(policy.initial_backoff, policy.max_backoff)
    assert waits == sorted(waits)
    assert waits[-1] <= policy.max_backoff


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_attempts", 0),
        ("initial_backoff", -0.001),
        ("initial_backoff", math.nan),
        ("multiplier", 0.5),
        ("multiplier", math.inf),
        ("max_backoff", MAX_SECONDS + 1),
        ("retry_on", RetryOn(0)),
    ],
)
def test_policy_out_of_range_is_refused(field: str, value: object) -> None:
    """Numbers that make no policy are refused with their field."""
    with pytest.raises(InvalidArgument, match=r"^retry policy has ") as caught:
        RetryPolicy(**{field: value})  # type: ignore[arg-type]
    assert caught.value.field == field
