"""The server of the guards, stopped at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.service.rig import Rig


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    """A server with one plan and no runners."""
    monkeypatch.setattr("orchestrator.dispatcher.acceptances._GATHERED_FOR", 0.0)
    rig = Rig(tmp_path)
    await rig.start()
    yield rig
    await rig.stop()
