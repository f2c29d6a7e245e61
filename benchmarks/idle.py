"""`python -m benchmarks.idle`: the CPU that a server takes while runners and watchers wait, and nothing happens."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import Final

from grpc import aio

import ci
from benchmarks.machine import this_machine
from benchmarks.processes import server_and_runner
from benchmarks.report import put_between_marks
from benchmarks.usage import cpu_seconds, resident, server_of
from benchmarks.watchers import watch
from benchmarks.ways import runners_are_there
from turboci.writes import CheckWrite

MARKS: Final = ("<!-- idle: begin -->", "<!-- idle: end -->")
SETTLING: Final = 3.0
"""Seconds after which what was started has settled."""


async def measure(address: str, server: int, pairs: int, watchers: int, seconds: float) -> str:
    """Return a line that says what the server takes."""
    async with ci.connect(address) as port, aio.insecure_channel(address) as channel:
        plan = (await port.create_work_plan({"name": "idle"})).id
        await port.write_nodes(plan, checks=[CheckWrite(id="open")])
        await runners_are_there(port, pairs)
        ready = asyncio.Semaphore(0)
        # One more event than there are: they wait until they are cancelled.
        waiting = [asyncio.create_task(watch(channel, plan, ready, 1_000_000)) for _ in range(watchers)]
        for _ in waiting:
            await ready.acquire()
        await asyncio.sleep(SETTLING)
        before = cpu_seconds(server)
        await asyncio.sleep(seconds)
        used = (cpu_seconds(server) - before) / seconds
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    return (
        f"{2 * pairs} runner streams, {watchers} watchers, {seconds:g} s in which nothing happens: "
        f"{used:.2%} of a core, {resident(server):.0f} MiB"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.idle", description=__doc__)
    parser.add_argument("--runners", type=int, default=10, help="how many runner streams are open, an even number (10)")
    parser.add_argument("--watchers", type=int, default=100, help="how many watch a plan that is not finished (100)")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long (20)")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the database goes: a disk (here)")
    parser.add_argument("--docs", type=Path, metavar="FILE", help="also put the result between the marks in FILE")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="turboci-idle-", dir=given.folder) as folder,
        server_and_runner(Path(folder), pairs=given.runners // 2) as address,
    ):
        server = server_of(Path(folder) / "turboci.db")
        said = asyncio.run(measure(address, server, given.runners // 2, given.watchers, given.seconds))
    text = f"{said}\n{this_machine()}"
    if given.docs:
        put_between_marks(given.docs, f"```\n{text}\n```", MARKS)
    print(text)


if __name__ == "__main__":
    main()
