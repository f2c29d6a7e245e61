"""Servers of the tests, stopped at their end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.service.rig import Rig


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """A server with one plan and no runners."""
    rig = Rig(tmp_path)
    await rig.start()
    yield rig
    await rig.stop()
