"""Durations, counts and foreign text as people can read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

_ESCAPES: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x07|\x1b\\|$)|[ -/]*[0-~])",
    re.DOTALL,
)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def duration(seconds: float) -> str:
    """Return a duration in at most six characters.

    Example:
        >>> [duration(s) for s in (0.04, 1.25, 61, 3700)]
        ['0.0s', '1.2s', '1m01s', '1h01m']
    """
    seconds = max(0.0, seconds)
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m"


def clock(at: datetime) -> str:
    """Return the time of day where the reader is."""
    return at.astimezone().strftime("%H:%M:%S")


def counted(number: int, noun: str) -> str:
    """Return the number with its noun, which gets an `s` unless there is exactly one.

    Example:
        >>> counted(1, "node"), counted(2, "node")
        ('1 node', '2 nodes')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def harmless(text: str) -> str:
    """Return the text without what could move the cursor, change colours or reorder what stands around it."""
    without_escapes = _ESCAPES.sub("", text.replace("\r\n", "\n"))
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", without_escapes.expandtabs(4))


def harmless_lines(text: str) -> list[str]:
    """Return the lines of a program's output, harmless; what a carriage return overwrote is gone."""
    return [harmless(line.rstrip("\r").rpartition("\r")[2]) for line in text.split("\n")]


def one_line(text: str) -> str:
    """Return the first line of a sentence, harmless."""
    return harmless(text.strip().partition("\n")[0].rstrip())


def last_line(text: str) -> str:
    """Return the last line of a program's output that is not blank, harmless; empty if there is none."""
    return next((line.strip() for line in reversed(harmless_lines(text)) if line.strip()), "")


def listed(words: Sequence[str], most: int = 5) -> str:
    """Return the first words of a list, and how many more there are; harmless.

    Example:
        >>> listed(["a", "b", "c"], 2)
        'a, b and 1 more'
    """
    shown = ", ".join(map(one_line, words[:most]))
    return shown if len(words) <= most else f"{shown} and {len(words) - most} more"
