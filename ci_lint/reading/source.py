"""The text of a file."""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ci_lint.reading.failure import Failure, refused

MAX_BYTES: Final = 3_000_000
"""What is larger holds data; LibCST would take minutes and gigabytes."""


@dataclass(frozen=True)
class Text:
    """A decoded file.

    Attributes:
        data: The bytes as they stand on disk.
        text: What they say, without a byte order mark.
        encoding: How they say it.
        mark: The length of the byte order mark.
    """

    data: bytes
    text: str
    encoding: str
    mark: int

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset of the first byte of every line; the mark belongs to no line."""
        starts = [self.mark]
        data = self.data
        for line in data[self.mark :].splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        return starts

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a place that Python names by its line, from 1, and its column in characters, from 0."""
        starts = self.line_starts
        if line > len(starts):
            return len(self.data)
        start = starts[max(line, 1) - 1]
        end = starts[line] if line < len(starts) else len(self.data)
        shown = self.data[start:end].decode(self.encoding, "replace")[: max(column, 0)]
        return min(start + len(shown.encode(self.encoding, "replace")), len(self.data))


def decode(data: bytes) -> Text | Failure:
    """Return the text of a file, or why it has none."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except (SyntaxError, LookupError) as error:
        return refused(str(error), 0, 0)
    mark = 3 if encoding == "utf-8-sig" else 0
    encoding = "utf-8" if mark else encoding
    try:
        text = data[mark:].decode(encoding)
    except UnicodeDecodeError as error:
        start = error.start + mark
        return refused(f"byte {data[start]:#04x} is not {encoding}", start, start + 1)
    except LookupError as error:
        return refused(str(error), 0, 0)
    nul = data.find(b"\0")
    if nul >= 0:
        return refused("it has a NUL byte", nul, nul + 1)
    return Text(data, text, encoding, mark)
