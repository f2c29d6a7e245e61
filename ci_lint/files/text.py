"""The text of a file, and the way from bytes to lines and columns."""

from __future__ import annotations

import codecs
import io
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ci_lint.deferred import deferred

if TYPE_CHECKING:
    import tokenize
else:
    tokenize = deferred("tokenize")

_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
FALLBACK: Final = "utf-8"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place as people count.

    Attributes:
        line: From 1.
        column: From 1, in characters; a byte order mark is none.
    """

    line: int
    column: int


def encoding_of(content: bytes) -> str:
    """Return the encoding that a file declares; UTF-8 if it declares nothing, or nothing that exists."""
    try:
        return tokenize.detect_encoding(io.BytesIO(content).readline)[0]
    except (SyntaxError, UnicodeDecodeError):
        return FALLBACK


@dataclass(frozen=True, slots=True)
class SourceText:
    r"""The content of one file, with the offsets at which its lines begin.

    Lines end as in Python: with LF, CR LF or CR, and with nothing else.

    Example:
        >>> SourceText.of("a = 1\nä = b\n".encode()).position(11)
        Position(line=2, column=5)
    """

    content: bytes
    encoding: str
    starts: tuple[int, ...] = field(repr=False)

    @classmethod
    def of(cls, content: bytes) -> SourceText:
        """Return the text of a file's bytes."""
        mark = len(codecs.BOM_UTF8) if content.startswith(codecs.BOM_UTF8) else 0
        starts = (mark, *(match.end() for match in _LINE_END.finditer(content)))
        encoding = encoding_of(content)
        return cls(content, "utf-8" if encoding == "utf-8-sig" else encoding, starts)

    def line_at(self, offset: int) -> int:
        """Return the number of the line, from 1, in which a byte stands."""
        return max(1, bisect_right(self.starts, offset))

    def decoded(self, start: int, end: int) -> str:
        """Return the characters of some bytes; what is no character becomes U+FFFD."""
        return self.content[start:end].decode(self.encoding, "replace")

    def position(self, offset: int) -> Position:
        """Return the line and the column of a byte; what lies behind the end is the end."""
        offset = min(offset, len(self.content))
        line = self.line_at(offset)
        return Position(line, 1 + len(self.decoded(self.starts[line - 1], offset)))

    def line_span(self, line: int) -> tuple[int, int]:
        """Return where a line starts and where it ends, its line end left out.

        Raises:
            IndexError: There is no such line.
        """
        start = self.starts[line - 1]
        end = self.starts[line] if line < len(self.starts) else len(self.content)
        return start, start + len(self.content[start:end].rstrip(b"\r\n"))

    def line_text(self, line: int) -> str:
        """Return the characters of a line without its line end.

        Raises:
            IndexError: There is no such line.
        """
        return self.decoded(*self.line_span(line))

    def offset(self, line: int, characters: int) -> int:
        """Return the byte at which a character of a line begins.

        Args:
            line: From 1.
            characters: How many of the line stand before it; more than there are is the end of the line.

        Raises:
            IndexError: There is no such line.
        """
        start, _ = self.line_span(line)
        return start + len(self.line_text(line)[:characters].encode(self.encoding, "replace"))
