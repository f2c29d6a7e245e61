"""`python -m benchmarks.floor`: what a link of a chain takes at best, whatever the orchestrator does.

A link is a message from the runner, a durable write, and a message to the runner. Both messages are timed by a stream
that carries a hundred bytes to another process and back, the write by a row that goes through the thread that writes.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import grpc
from grpc import aio

from benchmarks.machine import this_machine
from benchmarks.processes import Durability
from benchmarks.report import put_between_marks
from benchmarks.storage import microseconds_a_write

MARKS: Final = ("<!-- floor: begin -->", "<!-- floor: end -->")
SERVICE: Final = "benchmarks.Floor"
METHOD: Final = "Echo"
MESSAGE: Final = bytes(100)
WARM: Final = 200
"""Round trips before those that count."""


async def echo(_: object, context: aio.ServicerContext[bytes, bytes]) -> None:
    """Send back what comes."""
    while isinstance(data := await context.read(), bytes):
        await context.write(data)


async def serve() -> None:
    """Echo until killed; print the port."""
    server = aio.server(options=(("grpc.so_reuseport", 0),))
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.stream_stream_rpc_method_handler(echo)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {METHOD: handler}),))
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    await server.start()
    await server.wait_for_termination()


@contextmanager
def echoing() -> Iterator[str]:
    """Run the echo in a process of its own; yield its address."""
    command = [sys.executable, "-m", "benchmarks.floor", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            if child.stdout is None:
                raise RuntimeError("the echo cannot be heard")
            yield f"127.0.0.1:{int(child.stdout.readline())}"
        finally:
            child.terminate()


async def microseconds_a_round_trip(address: str, count: int) -> float:
    """Return what a message to another process and its echo take, the median of so many."""
    async with aio.insecure_channel(address) as channel:
        stub: aio.StreamStreamMultiCallable[bytes, bytes] = channel.stream_stream(f"/{SERVICE}/{METHOD}")
        call = stub()
        times = []
        for _ in range(WARM + count):
            start = time.perf_counter()
            await call.write(MESSAGE)
            await call.read()
            times.append(time.perf_counter() - start)
        await call.done_writing()
    return statistics.median(times[WARM:]) * 1_000_000


def measure(folder: Path, count: int) -> str:
    """Return the table."""
    with echoing() as address:
        trip = asyncio.run(microseconds_a_round_trip(address, count))
    rows = [f"two messages over a stream      {trip:6.0f} us"]
    texts: dict[Durability, str] = {"full": "a durable write", "relaxed": "a write that is not synced"}
    for durability, text in texts.items():
        write = microseconds_a_write(folder, durability, 1, 1.0)
        rows.append(f"{text:<26}      {write:6.0f} us    with the messages {(trip + write) / 1_000:.2f} ms a link")
    return "\n".join(rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.floor", description=__doc__)
    parser.add_argument("--count", type=int, default=3_000, help="how many round trips (3,000)")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the database goes: a disk (here)")
    parser.add_argument("--docs", type=Path, metavar="FILE", help="also put the result between the marks in FILE")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve())
        return
    text = f"```\n{measure(given.folder, given.count)}\n{this_machine()}\n```"
    if given.docs:
        put_between_marks(given.docs, text, MARKS)
    print(text)


if __name__ == "__main__":
    main()
