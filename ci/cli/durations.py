"""Lengths of time as options: ``90``, ``45m``, ``30d``."""

from __future__ import annotations

import re
from typing import Final

import click

from turboci.retry import MAX_SECONDS

_UNITS: Final = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 604_800.0}
_PATTERN: Final = re.compile(r"(\d+(?:\.\d+)?)([smhdw]?)", re.ASCII)


def in_seconds(_context: click.Context, _option: click.Parameter, value: str) -> float:
    """Return the seconds of a number with a unit; to be the callback of an option.

    Raises:
        BadParameter: It is no such thing, or longer than ten years.
    """
    found = _PATTERN.fullmatch(value.strip())
    seconds = float(found[1]) * _UNITS[found[2]] if found else -1.0
    if not 0 <= seconds <= MAX_SECONDS:
        raise click.BadParameter(f"{value!r} is no length of time; write 90 (seconds), 45m, 12h, 30d or 4w")
    return seconds
