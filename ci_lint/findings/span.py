"""Where something stands in a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a file.

    Lines and columns are worked out where they are shown: what is found, suppressed and mended is bytes.

    Attributes:
        start: Offset of its first byte in the file as it stands on disk, a byte order mark included.
        end: Offset after its last byte; equal to `start` for a place between two bytes.
    """

    start: int
    end: int
