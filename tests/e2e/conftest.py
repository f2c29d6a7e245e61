"""Servers for the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from orchestrator.app import running
from orchestrator.config import Config
from tests.e2e.contract import Client


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    """The address of a server on a file of its own."""
    config = Config(port=0, sqlite_path=str(tmp_path / "turboci.db"), log_level="WARNING")
    async with running(config) as server:
        yield server.address


@pytest.fixture
async def client(address: str) -> AsyncIterator[Client]:
    async with grpc.aio.insecure_channel(address) as channel:
        yield Client(channel)
