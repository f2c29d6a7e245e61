"""What is said of values that cannot be taken: the thing, what is not so, the rule, and the field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ci.dag.limits import Limits
from turboci.errors import InvalidArgument
from turboci.ids import require_id
from turboci.payloads import plain
from turboci.v1 import service_pb2
from turboci.wire import reasons, writes
from turboci.writes import StageWrite

NAIVE = datetime(2030, 1, 1)
NEVER_SEND = StageWrite(id="s", priority=2**40)

REFUSED: dict[str, tuple[Callable[[], object], tuple[str, str, str, str]]] = {
    "an id with a control character": (
        lambda: require_id("a\tb", "check", field="id"),
        ("check id", r"'a\tb' has a control character", "ids are printable text", "id"),
    ),
    "an id that is no text": (
        lambda: require_id("\ud800", "check", field="id"),
        ("check id", r"'\ud800' is not valid UTF-8", "", "id"),
    ),
    "an integer that JSON cannot keep": (
        lambda: plain({"n": [2**53 + 1]}, "check 'a'", "options"),
        (
            "check 'a'",
            "options.n[0] is 9007199254740993 (int)",
            "integers beyond 2^53 lose digits; send a string",
            "options.n[0]",
        ),
    ),
    "a text that is none": (
        lambda: plain({"n": "\udfff"}, "check 'a'", "options"),
        ("check 'a'", r"options.n is '\udfff'", "text must be valid UTF-8", "options.n"),
    ),
    "a key that is no string": (
        lambda: plain({7: "x"}, "check 'a'", "options"),  # type: ignore[dict-item]
        ("check 'a'", "options has the key 7 (int)", "keys are strings", "options"),
    ),
    "a value that JSON does not know": (
        lambda: plain({"n": {1}}, "check 'a'", "options"),
        (
            "check 'a'",
            "options.n is {1} (set)",
            "only None, bool, int, float, str, lists and dicts with string keys",
            "options.n",
        ),
    ),
    "a number that no field holds": (
        lambda: writes.write_nodes_request("p", stages=[NEVER_SEND]),
        ("stage 's'", "cannot be sent: Value out of range: 1099511627776", "", ""),
    ),
    "a reason that this version does not know": (
        lambda: reasons.explanation(service_pb2.ExplainNodesResponse(reasons=[service_pb2.WaitReason(kind="moon")])),
        ("kind", "is 'moon'", "update this client", "reasons[0].kind"),
    ),
    "a deadline that has passed before it began": (
        lambda: Limits(deadline=-5.0),
        (
            "execute()",
            "is given deadline -5.0",
            "a deadline is a time, or a positive number of seconds",
            "deadline",
        ),
    ),
    "a deadline that is another time elsewhere": (
        lambda: Limits(deadline=NAIVE),
        ("execute()", "deadline 2030-01-01T00:00:00 has no time zone", "use UTC", "deadline"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_says_what_is_wrong_and_what_to_do(case: str) -> None:
    """Each part of the error is what a person, and a program, needs to mend the value."""
    make, said = REFUSED[case]
    with pytest.raises(InvalidArgument) as caught:
        make()
    error = caught.value
    assert (error.subject, error.problem, error.hint, error.field) == said
    assert str(error) == f"{error.subject} {error.problem}" + (f"; {error.hint}" if error.hint else "")


def test_a_deadline_with_a_zone_is_taken() -> None:
    """What the refusal asks for is accepted."""
    aware = NAIVE.replace(tzinfo=UTC)
    assert Limits(deadline=aware).deadline == aware
