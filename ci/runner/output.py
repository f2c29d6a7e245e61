"""The output of a command: its tail, and its lines as they come."""

from __future__ import annotations

from typing import Final

KEEP_BYTES: Final = 64 * 1024
MAX_LINE_BYTES: Final = 16 * 1024
"""A longer line is shown in pieces."""


class OutputTail:
    """Keeps the end of a stream of bytes."""

    def __init__(self, keep: int = KEEP_BYTES) -> None:
        """Keep `keep` bytes, cut at the beginning of a line."""
        self._keep = keep
        self._bytes = bytearray()
        self._dropped = 0
        self._mid_line = False

    def add(self, data: bytes) -> None:
        """Append."""
        self._bytes += data
        # Cutting rarely keeps appending cheap.
        if len(self._bytes) > 2 * self._keep:
            self._drop(len(self._bytes) - self._keep)

    def text(self) -> str:
        """Return the tail; what is no UTF-8 is replaced, and a first line says how much is left out."""
        if len(self._bytes) > self._keep:
            self._drop(len(self._bytes) - self._keep)
        if self._mid_line and 0 <= (newline := self._bytes.find(b"\n")) < len(self._bytes) - 1:
            self._drop(newline + 1)
        text = self._bytes.decode("utf-8", "replace").replace("\r\n", "\n")
        return f"[{self._dropped:,} bytes before this are left out]\n{text}" if self._dropped else text

    def _drop(self, count: int) -> None:
        self._mid_line = self._bytes[count - 1] != ord("\n")
        del self._bytes[:count]
        self._dropped += count


class LineSplitter:
    """Cuts a stream of bytes into lines."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that are complete now."""
        *complete, rest = (self._rest + data).split(b"\n")
        while len(rest) > MAX_LINE_BYTES:
            complete.append(rest[:MAX_LINE_BYTES])
            rest = rest[MAX_LINE_BYTES:]
        self._rest = rest
        return [_line(line) for line in complete]

    def end(self) -> list[str]:
        """Return the last line, if it had no end."""
        rest, self._rest = self._rest, b""
        return [_line(rest)] if rest else []


def _line(data: bytes) -> str:
    return data.removesuffix(b"\r").decode("utf-8", "replace")
