"""Optimistic concurrency: a write may say which version it was made for."""

from __future__ import annotations

from turboci.errors import ConcurrentModification


def require_version(subject: str, actual: int, expected: int | None) -> None:
    """Refuse a write that was made for another version; version 0 means that the node does not exist.

    Raises:
        ConcurrentModification: The versions differ.
    """
    if expected is None or expected == actual:
        return
    now = f"is at version {actual}" if actual else "does not exist"
    wanted = f"version {expected} was expected" if expected else "it was expected not to exist"
    raise ConcurrentModification(
        subject, f"{now}; {wanted}", hint="read it again and decide anew", field="expected_version"
    )
