"""What a run has to say, ready to be written in one form or another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ci_lint.catalogue import BY_CODE
from ci_lint.files import Position, SourceText
from ci_lint.findings import Diagnostic, Span

TOOL: Final = "ci-lint"
_HARMFUL: Final = {
    **{code: chr(0x2400 + code) for code in range(0x20) if code != 0x09},
    0x7F: "\u2421",
    **dict.fromkeys((*range(128, 160), *range(8234, 8239), *range(8294, 8298)), "�"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a file as people count.

    Attributes:
        start: Its first character.
        end: The character after its last.
    """

    start: Position
    end: Position


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of a run.

    Attributes:
        findings: In the order in which they are shown.
        text_of: Returns the text of a file that has findings.
        show_source: Whether the lines that findings stand in are shown; None is what suits the form.
    """

    findings: tuple[Diagnostic, ...]
    text_of: Callable[[Path], SourceText]
    show_source: bool | None = None

    def place(self, found: Diagnostic, span: Span | None = None) -> Place:
        """Return where a finding, or a span in its file, stands."""
        text = self.text_of(found.path)
        span = span or found.span
        return Place(text.position(span.start), text.position(span.end))


def rule_name(code: str) -> str:
    """Return the name of a rule; the code if it is not in the list."""
    return BY_CODE[code].name if code in BY_CODE else code


def printable(text: str) -> str:
    """Return text without characters that a terminal would obey, such as escapes and changes of direction."""
    return text.translate(_HARMFUL)
