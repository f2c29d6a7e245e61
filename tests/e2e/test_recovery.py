"""A server that is killed with a long queue."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.recovery import measure

LOADED = 4
"""How many times longer a machine may take that does other things besides."""


async def test_a_killed_server_is_back_within_seconds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After `kill -9` with 10,000 queued stages it serves within 3 s and dispatches within 5 s of being started."""
    recovery = await measure(tmp_path)
    with capsys.disabled():
        print(f"\n{recovery}")  # noqa: T201 - the figures are what counts
    assert recovery.serving < 3 * LOADED
    assert recovery.dispatched < 5 * LOADED
