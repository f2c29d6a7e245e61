"""What is remembered of a file, and how it is seen that the file is still the same."""

from __future__ import annotations

import hashlib
import os
import time
from typing import Final, NamedTuple

_SECOND: Final = 1_000_000_000
_FINE: Final = 50_000_000
"""Nanoseconds within which a file may change twice and show the same time, where times have fractions of a second."""


class Stamp(NamedTuple):
    """What a file system says of a file without reading it.

    Attributes:
        modified: When its content changed, nanoseconds.
        changed: When anything of it changed, nanoseconds; programs cannot set it back.
        size: Bytes.
        inode: Its number.
    """

    modified: int
    changed: int
    size: int
    inode: int


class Note(NamedTuple):
    """What is remembered of a file.

    Attributes:
        stamp: How the file looked when it was read; None if it may have changed since without showing it.
        digest: The digest of its content.
        remarked: Whether comments in it may be wrong though it has no findings.
        glances: For each question about its bytes, by key, the answer.
        imports: What it may import; None if nobody has asked yet.
    """

    stamp: Stamp | None
    digest: str
    remarked: bool
    glances: dict[str, bool]
    imports: tuple[str, ...] | None = None


def stamp_of(path: str) -> Stamp:
    """Return how a file looks now.

    Raises:
        OSError: It cannot be found.
    """
    found = os.stat(path)  # noqa: PTH116 - six hundred times a run, and Path costs more than the call
    return Stamp(found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)


def lasting(stamp: Stamp) -> Stamp | None:
    """Return the stamp if a later change is sure to show; None for a file that changed just now."""
    latest = max(stamp.modified, stamp.changed)
    window = _FINE if latest % _SECOND else 2 * _SECOND
    return stamp if time.time_ns() - latest > window else None


def digest_of(content: bytes) -> str:
    """Return the digest of a content."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()
