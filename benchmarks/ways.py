"""The ways from an orchestrator to a runner: streams, the contract's calls, and none at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ci
from benchmarks.noop_runner import runners
from benchmarks.plans import LIGHT_TYPE, RUNNER_TYPE
from benchmarks.processes import Durability, server_and_runner
from orchestrator.config import Config
from orchestrator.embedded import embedded

PATIENCE: Final = 60.0


@dataclass(frozen=True)
class Way:
    """How work comes to its runner.

    Attributes:
        text: What it is, for people.
        open: Starts all that is needed, with its file in a folder; gives an orchestrator that has both runners.
    """

    name: str
    text: str
    open: Callable[[Path, Durability], AbstractAsyncContextManager[ci.Orchestrator]]


@asynccontextmanager
async def _stream(folder: Path, durability: Durability) -> AsyncIterator[ci.Orchestrator]:
    with server_and_runner(folder, durability=durability) as address:
        async with ci.connect(address) as port:
            await runners_are_there(port)
            yield port


@asynccontextmanager
async def _unary(folder: Path, durability: Durability) -> AsyncIterator[ci.Orchestrator]:
    with server_and_runner(folder, durability=durability, over="unary") as address:
        async with ci.connect(address) as port:
            await runners_are_there(port)
            yield port


@asynccontextmanager
async def _in_process(folder: Path, durability: Durability) -> AsyncIterator[ci.Orchestrator]:
    """Do what `ci.local` does, which is always durable."""
    async with embedded(str(folder / "turboci.db"), config=Config(durability=durability)) as port:
        for runner in runners():
            await port.host(runner)
        yield port


async def runners_are_there(port: ci.Orchestrator, count: int = 1) -> None:
    """Return when so many pairs of the runners of the benchmark have registered."""
    async with asyncio.timeout(PATIENCE):
        for runner_type in (RUNNER_TYPE, LIGHT_TYPE):
            while len(await port.list_runners(runner_type)) < count:  # noqa: ASYNC110 - no event tells of them
                await asyncio.sleep(0.05)


WAYS: Final = (
    Way("stream", "server and runner are processes; the runner holds a stream", _stream),
    Way("unary", "server and runner are processes; the server calls the runner", _unary),
    Way("in-process", "`ci.local(path, runners=[...])`: one process, no socket", _in_process),
)
