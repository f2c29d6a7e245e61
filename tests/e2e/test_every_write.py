"""The server killed in the middle of a write; the sweep itself is `tests.stress.sweep`."""

from __future__ import annotations

import os

import pytest

from tests.stress.dooms import InTheDatabase, InTheKernel
from tests.stress.sweep import spread, sweep

DEATHS = int(os.environ.get("TURBOCI_SWEEP_DEATHS", "5"))
SYSCALLS = max(3, DEATHS // 10)
"""Fewer: what happens is much the same, and takes longer."""


@pytest.mark.timeout(60 + 15 * DEATHS)
async def test_every_write_may_be_the_last() -> None:
    """A server that dies in a write of schema, log or checkpoint, half of it done, leaves a file that goes on."""
    deaths = await spread(DEATHS, InTheDatabase())
    assert len(deaths) == DEATHS
    assert await sweep(deaths, InTheDatabase()) == []


@pytest.mark.timeout(60 + 15 * DEATHS)
@pytest.mark.skipif(not InTheKernel.is_here(), reason="strace is not installed, or may not trace")
async def test_every_write_syscall_may_be_the_last() -> None:
    """A server that is killed in a write syscall leaves a file that goes on."""
    deaths = await spread(SYSCALLS, InTheKernel())
    assert await sweep(deaths, InTheKernel()) == []
