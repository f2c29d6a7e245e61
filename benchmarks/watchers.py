"""Times what an event costs a server when many watch its plan.

Run it with ``python -m benchmarks.watchers [watchers] [events]``. The server is a process of its own, and all watchers
are streams of one connection; each event is one commit.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from grpc import aio

from benchmarks.processes import server_alone
from benchmarks.usage import cpu_seconds, server_of
from ci.remote import RemoteOrchestrator
from turboci.wire.events import watch_request
from turboci.wire.methods import ORCHESTRATOR
from turboci.writes import CheckWrite


async def watch(channel: aio.Channel, plan: str, ready: asyncio.Semaphore, count: int) -> None:
    """Read so many events of a plan, undecoded, so that the watchers cost little themselves."""
    stub: aio.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(ORCHESTRATOR.watch_work_plan.path)
    call = stub(watch_request(plan).SerializeToString())
    await call.initial_metadata()
    ready.release()
    for _ in range(count):
        await call.read()
    call.cancel()


async def measure(address: str, pid: int, watchers: int, count: int) -> float:
    """Return the CPU seconds of the server for one event and all its watchers."""
    async with RemoteOrchestrator(address) as port, aio.insecure_channel(address) as channel:
        plan = (await port.create_work_plan({"name": "watchers"})).id
        ready = asyncio.Semaphore(0)
        reading = [asyncio.create_task(watch(channel, plan, ready, count)) for _ in range(watchers)]
        for _ in reading:
            await ready.acquire()
        before = cpu_seconds(pid)
        for number in range(count):
            await port.write_nodes(plan, checks=[CheckWrite(id=f"check-{number}")])
        for task in reading:
            await task
        return (cpu_seconds(pid) - before) / count


def main(watchers: int = 1_000, count: int = 100) -> None:
    """Measure without watchers, and with many."""
    with (
        tempfile.TemporaryDirectory(prefix="turboci-watchers-", dir=".") as folder,
        server_alone(Path(folder)) as address,
    ):
        server = server_of(Path(folder) / "turboci.db")
        for number in (0, watchers):
            used = asyncio.run(measure(address, server, number, count))
            each = f", {used / number * 1e6:.0f} us a watcher" if number else ""
            print(f"{number:>6,} watchers: {used * 1_000:8.2f} ms of CPU an event{each}", flush=True)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
