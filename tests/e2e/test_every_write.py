"""The server killed in the middle of a write; the sweep itself is `tests.stress.sweep`."""

from __future__ import annotations

import os

import pytest

from tests.stress.sweep import spread, sweep

DEATHS = int(os.environ.get("TURBOCI_SWEEP_DEATHS", "5"))


@pytest.mark.timeout(60 + 15 * DEATHS)
async def test_every_write_may_be_the_last() -> None:
    """A server that dies in a write of schema, log or checkpoint, half of it done, leaves a file that goes on."""
    deaths = await spread(DEATHS)
    assert len(deaths) == DEATHS
    assert await sweep(deaths) == []
