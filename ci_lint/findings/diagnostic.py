"""One finding in one file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ci_lint.findings.fix import Fix
from ci_lint.findings.span import Span


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that a diagnostic speaks of, such as where an id was named first.

    Attributes:
        span: The place, in the same file.
        text: What is there, such as ``first named here``.
    """

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What is wrong, where, and what to do.

    Attributes:
        path: The file, as the user named it or as it was found below what the user named.
        span: The place that is underlined.
        code: The rule's code, such as ``CI003``.
        message: One sentence, without the path.
        labels: Other places that explain it, in order of position.
        help: What to do, if the message does not say it; empty otherwise.
        fix: How it can be mended; None if only a person can.
    """

    path: Path
    span: Span
    code: str
    message: str
    labels: tuple[Label, ...] = ()
    help: str = ""
    fix: Fix | None = None
