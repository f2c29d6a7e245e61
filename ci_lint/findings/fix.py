"""How a finding can be mended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ci_lint.findings.span import Span


class Safety(StrEnum):
    """Whether a fix may change what the code does."""

    SAFE = "safe"
    """The code means the same afterwards; applied by ``--fix``."""

    UNSAFE = "unsafe"
    """Probably what was meant, but the code may do something else; applied by ``--unsafe-fixes`` too."""


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """One replacement.

    Attributes:
        span: What is replaced.
        replacement: What stands there afterwards, in the encoding of the file.
    """

    span: Span
    replacement: bytes


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together: all are applied, or none.

    Attributes:
        title: What it does, imperative, such as ``remove the second 'build'``.
        edits: In order of position, without overlaps.
        safety: Whether the meaning stays.
    """

    title: str
    edits: tuple[Edit, ...]
    safety: Safety
