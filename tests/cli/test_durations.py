"""Lengths of time on the command line."""

from __future__ import annotations

import click
import pytest

from ci.cli.durations import in_seconds

COMMAND = click.Command("x")
OPTION = click.Option(["--older-than"])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("90", 90),
        ("1.5", 1.5),
        ("90s", 90),
        ("45m", 2_700),
        ("12h", 43_200),
        (" 30d ", 2_592_000),
        ("4w", 2_419_200),
    ],
)
def test_a_number_with_a_unit_is_a_time(text: str, seconds: float) -> None:
    """Without a unit it is seconds."""
    assert in_seconds(click.Context(COMMAND), OPTION, text) == seconds


@pytest.mark.parametrize("text", ["", "d", "-1d", "1 d", "1y", "1e3", "nan", "٣d", "99999w", "30d12h"])
def test_everything_else_is_refused_with_examples(text: str) -> None:
    """The message says what was typed, and what would be right."""
    with pytest.raises(click.BadParameter) as caught:
        in_seconds(click.Context(COMMAND), OPTION, text)
    assert str(caught.value) == f"{text!r} is no length of time; write 90 (seconds), 45m, 12h, 30d or 4w"
