"""A small orchestrator, and the port that reaches it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ci.remote import RemoteOrchestrator
from tests.runner.server import SmallOrchestrator, serving


@pytest.fixture
def small() -> SmallOrchestrator:
    return SmallOrchestrator()


@pytest.fixture
async def remote(small: SmallOrchestrator) -> AsyncIterator[RemoteOrchestrator]:
    async with serving(small) as address, RemoteOrchestrator(address, timeout=20) as remote:
        yield remote
