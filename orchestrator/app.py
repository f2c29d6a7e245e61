"""The composition root: from settings to a server that runs, and back."""

from __future__ import annotations

import asyncio
import gc
import importlib
import importlib.util
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from orchestrator.clock import Clock, SystemClock
from orchestrator.config import Config
from orchestrator.endpoint.addresses import parse_address
from orchestrator.endpoint.endpoint import Endpoint
from orchestrator.endpoint.limits import Limits
from orchestrator.local import LocalOrchestrator
from orchestrator.storage.errors import StorageUnusable
from orchestrator.storage.sqlite.database import SQLiteDatabase
from orchestrator.transport.listening import CannotListen, callable_address, joined, require_free
from orchestrator.transport.runner_client import GrpcRunnerCaller
from orchestrator.transport.server import GrpcServer
from turboci.errors import InvalidArgument

LOG: Final = logging.getLogger("turboci.server")


@dataclass(frozen=True, slots=True)
class Server:
    """An orchestrator that serves.

    Attributes:
        address: host:port, the port as bound.
        orchestrator: The same orchestrator without a socket between.
    """

    address: str
    orchestrator: LocalOrchestrator
    _transport: GrpcServer

    async def drain(self, timeout: float) -> None:
        """Take no new work, and give running SYNC work `timeout` seconds; calls are still answered."""
        await self._transport.drain()
        await self.orchestrator.drain(timeout)


@asynccontextmanager
async def running(config: Config, *, clock: Clock | None = None) -> AsyncIterator[Server]:
    """Run a server until the block ends; what runs then is attempted again at the next start, uncharged.

    Example:
        async with running(Config(port=0, sqlite_path=None)) as server:
            print(server.address)

    Args:
        config: Its settings.
        clock: Its time; the machine's by default.

    Raises:
        StorageUnusable: The database cannot be opened.
        CannotListen: The address is taken or not ours.
        InvalidArgument: The callback address is none.
    """
    if config.callback_address is not None:
        parse_address(config.callback_address, "setting callback_address", field="callback_address")
    # Before the database, which would be created for nothing.
    await asyncio.to_thread(require_free, config.host, config.port)
    limits = Limits(nodes_per_call=config.max_nodes_per_call, payload_bytes=config.max_payload_bytes)
    async with AsyncExitStack() as stack:
        database = await SQLiteDatabase.open(config.sqlite_path, durability=config.durability)
        stack.push_async_callback(database.close)
        caller = GrpcRunnerCaller(max_message_bytes=config.max_message_bytes, limits=limits)
        stack.push_async_callback(caller.close)
        orchestrator = LocalOrchestrator(database, caller, config=config, clock=clock or SystemClock())
        stack.push_async_callback(orchestrator.stop)
        transport = GrpcServer(Endpoint(orchestrator, limits), config)
        port = await transport.bind()
        orchestrator.callback_address = config.callback_address or callable_address(config.host, port)
        await orchestrator.start()
        stack.push_async_callback(transport.stop)
        await transport.start()
        address = joined(config.host, port)
        database.announce(address)
        yield Server(address, orchestrator, transport)


def run_until_signal(config: Config) -> int:
    """Serve until SIGTERM or SIGINT, then drain; a second signal leaves at once.

    Returns:
        The exit code of the process: 0 after a drain, 1 if the server cannot start, 128 plus the signal if it left at
        once.
    """
    logging.basicConfig(level=config.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    collect_seldom()
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_serve(config))
    except (StorageUnusable, CannotListen, InvalidArgument) as error:
        _say(f"error: {error}")
        return 1


def collect_seldom() -> None:
    """Look for cyclic garbage so seldom that a large answer can be built in between.

    Python stops every thread to look, again and again while objects become more; an answer with 20,000 nodes has half a
    million, none of them garbage, and cost a third less CPU this way.
    """
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


async def _serve(config: Config) -> int:
    signals = _Signals()
    async with running(config) as server:
        database = config.sqlite_path or "in memory"
        _say(f"listening on {server.address}, database {database}, durability {config.durability}")
        await signals.first.wait()
        _say(f"draining for at most {config.drain_timeout:g} s; a second signal leaves at once")
        drained = await _drained(server, config.drain_timeout, signals.second)
    return 0 if drained else 128 + signals.last


async def _drained(server: Server, timeout: float, hurry: asyncio.Event) -> bool:
    """Return whether the server was drained before somebody was in a hurry."""
    drain = asyncio.create_task(server.drain(timeout), name="drain")
    hurried = asyncio.create_task(hurry.wait(), name="second signal")
    await asyncio.wait({drain, hurried}, return_when=asyncio.FIRST_COMPLETED)
    for task in (drain, hurried):
        task.cancel()
    await asyncio.wait({drain, hurried})
    if drain.cancelled():
        return False
    drain.result()
    return True


class _Signals:
    """What the process was told: once to drain, twice to leave."""

    def __init__(self) -> None:
        self.first: Final = asyncio.Event()
        self.second: Final = asyncio.Event()
        self.last = 0
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._take, number)

    def _take(self, number: int) -> None:
        self.last = number
        if not self.first.is_set():
            self.first.set()
            return
        self.second.set()
        for each in (signal.SIGTERM, signal.SIGINT):
            # Whoever sends a third one means it.
            asyncio.get_running_loop().remove_signal_handler(each)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if importlib.util.find_spec("uvloop") is None:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module("uvloop").new_event_loop
    return factory


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
