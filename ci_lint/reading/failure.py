"""Why a file cannot be looked at."""

from __future__ import annotations

from dataclasses import dataclass

from ci_lint.findings import Span
from ci_lint.problems import SYNTAX_ERROR, UNREADABLE, Problem


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that cannot be looked at.

    Attributes:
        problem: What kind of failure it is.
        span: Where.
        message: The sentence for people.
    """

    problem: Problem
    span: Span
    message: str


def refused(reason: str, start: int, end: int) -> Failure:
    """Return the failure of a file that is no Python."""
    return Failure(SYNTAX_ERROR, Span(start, max(start, end)), SYNTAX_ERROR.text(reason=reason))


def unreadable(reason: str, start: int = 0, end: int = 0) -> Failure:
    """Return the failure of a file that may be Python but cannot be read."""
    return Failure(UNREADABLE, Span(start, max(start, end)), UNREADABLE.text(reason=reason))
