from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci.cli.view.phases import ASCII, UNICODE, Glyphs
from ci.cli.view.wording import counted, duration, harmless, harmless_lines, one_line


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0.0s"),
        (0.04, "0.0s"),
        (9.96, "10.0s"),
        (59.94, "59.9s"),
        (59.96, "1m00s"),
        (3599.6, "1h00m"),
        (90000, "25h00m"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    """Durations are short, and never show sixty of anything."""
    assert duration(seconds) == text


def test_counted() -> None:
    """One is singular; everything else is plural, with digit groups."""
    assert [counted(n, "node") for n in (0, 1, 1000)] == ["0 nodes", "1 node", "1,000 nodes"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;title", ""),
        ("a\tb", "a   b"),
        ("bell\x07", "bell\N{REPLACEMENT CHARACTER}"),
        ("\x9b31mred", "\N{REPLACEMENT CHARACTER}31mred"),
        ("\u202egnp", "\N{REPLACEMENT CHARACTER}gnp"),
    ],
)
def test_harmless(text: str, shown: str) -> None:
    """Foreign text cannot colour, move, ring or reorder anything."""
    assert harmless(text) == shown


@given(st.text())
def test_nothing_that_moves_the_cursor_survives(text: str) -> None:
    """Whatever a program prints, only printable text and line ends are left."""
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in harmless(text).replace("\n", ""))


def test_progress_bars_keep_their_last_state() -> None:
    """What a carriage return overwrote is not shown."""
    assert harmless_lines("1%\r50%\r100%\r\nnext") == ["100%", "next"]


def test_one_line() -> None:
    """Of a long cause the first line is shown."""
    assert one_line("\n first \n second") == "first"


@pytest.mark.parametrize(
    ("encoding", "glyphs"), [("utf-8", UNICODE), ("ascii", ASCII), ("latin-1", ASCII), ("no-such", ASCII)]
)
def test_glyphs_fit_the_encoding(encoding: str, glyphs: Glyphs) -> None:
    """A terminal is only given signs that its encoding has."""
    assert Glyphs.for_encoding(encoding) is glyphs
