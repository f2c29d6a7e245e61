"""`python -m benchmarks.recovery`: how long after `kill -9` a server with a long queue serves and dispatches again."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import ci
from benchmarks.machine import this_machine
from benchmarks.plans import RUNNER_TYPE, stage
from benchmarks.processes import PATIENCE, listening
from turboci.states import ExecutionMode

STAGES = 10_000


@dataclass(frozen=True)
class Recovery:
    """Seconds from the start of the process after the kill.

    Attributes:
        stages: How many were queued.
        serving: Until it answered a call.
        dispatched: Until a runner that registered then was handed the first stage.
    """

    stages: int
    serving: float
    dispatched: float

    def __str__(self) -> str:
        return (
            f"{self.stages:,} stages queued, kill -9, start: serving after {self.serving:.2f} s, "
            f"work dispatched after {self.dispatched:.2f} s"
        )


class Server:
    """A durable server on one file, as a process."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "server.log"
        flags = ("--port", "0", "--db", str(folder / "turboci.db"), "--durability", "full", "--log-level", "WARNING")
        with self._log.open("wb") as out:
            command = [sys.executable, "-m", "orchestrator", *flags]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    async def address(self) -> str:
        """Return where it listens, once it does."""
        return await asyncio.to_thread(listening, self._log)

    def kill(self) -> None:
        """End it with SIGKILL."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(PATIENCE)


async def measure(folder: Path, stages: int = STAGES) -> Recovery:
    """Queue stages that nobody takes, kill the server, start another one, and offer it a runner."""
    server = Server(folder)
    try:
        async with ci.connect(await server.address()) as port:
            plan = await port.create_work_plan({"name": "recovery"})
            await port.write_nodes(plan.id, stages=[stage(f"s-{n}", ExecutionMode.SYNC) for n in range(stages)])
    finally:
        server.kill()
    start = time.perf_counter()
    server = Server(folder)
    try:
        address = await server.address()
        async with ci.connect(address) as port:
            await port.get_work_plan(plan.id)
            serving = time.perf_counter() - start
        await _first_stage(address)
        return Recovery(stages, serving, time.perf_counter() - start)
    finally:
        server.kill()


async def _first_stage(address: str) -> None:
    """Return when a runner has been handed a stage."""
    runner = ci.Runner(RUNNER_TYPE, max_concurrent=1)
    handed = asyncio.Event()

    @runner.handler
    async def note(_: ci.StageContext) -> None:
        handed.set()

    working = asyncio.create_task(runner.serve(address))
    async with asyncio.timeout(PATIENCE):
        await handed.wait()
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery", description=__doc__)
    parser.add_argument("--stages", type=int, default=STAGES, help=f"how many are queued ({STAGES})")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the database goes: a disk (here)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="turboci-recovery-", dir=given.folder) as folder:
        print(asyncio.run(measure(Path(folder), given.stages)))
    print(this_machine())


if __name__ == "__main__":
    main()
