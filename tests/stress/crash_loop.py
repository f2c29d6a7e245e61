"""Kills server and runners at random moments under load, and proves from journals that nothing is lost.

``python -m tests.stress.crash_loop --cycles 25 --seed 1 --stages 200``. Each cycle submits one plan; while it is
written and run the server is killed once or twice and a worker as often, each with ``kill -9``. The same seed draws the
same moments; what the machine makes of them differs.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import grpc

from tests.e2e.contract import PATIENCE, Client
from tests.e2e.servers import ROOT, ServerProcess
from tests.stress.client import Submission
from tests.stress.journal import Journal, facts
from tests.stress.verdict import Verdict, count_afresh, judge
from tests.stress.worker import QUICK_TO_RECONNECT

WORKERS = ("tests.stress.worker", "tests.stress.streamed_worker")
"""One that is called, and one that works over a stream."""
STUCK_AFTER = 90.0
"""Seconds after which a plan that is not complete is stuck: nothing here takes more than a few."""

SETTINGS = {"TURBOCI_ACCEPT_TIMEOUT": "2", "TURBOCI_LOG_LEVEL": "ERROR"}
"""A worker that is killed while the server is down is found out after 2 s, not after 30."""


class WorkerProcess:
    """One worker after the other under the same name; each keeps on writing the journal of the one before."""

    def __init__(self, folder: Path, server: str, name: str, module: str) -> None:
        self.journal = folder / f"{name}.journal"
        self._log = folder / f"{name}.log"
        self._arguments = (module, server, name, str(self.journal))
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", *self._arguments]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self) -> None:
        """End the worker as a power cut of the process does."""
        self._process.kill()
        self._process.wait(PATIENCE)

    def replace(self) -> None:
        """Kill the worker and start another one."""
        assert self._process.poll() is None, f"the worker ended by itself:\n{self._log.read_text()}"
        self.kill()
        self._process = self._start()


class CrashLoop:
    """A server, one worker that it calls, one that works over a stream, and somebody who kills them.

    Attributes:
        kills: How many processes were killed, the last kill of each left out.
    """

    def __init__(self, folder: Path, *, seed: int, stages: int) -> None:
        self.kills = 0
        self._random = random.Random(seed)
        self._stages = stages
        self._server = ServerProcess(folder)
        self._workers = [
            WorkerProcess(folder, self._server.address, f"worker-{n}", module) for n, module in enumerate(WORKERS)
        ]
        self._client_journal = folder / "client.journal"

    @property
    def journals(self) -> list[Path]:
        """What the workers have noted: the one that is called, and the one that works over a stream."""
        return [worker.journal for worker in self._workers]

    async def run(self, cycles: int) -> Verdict:
        """Run so many plans through crashes, and judge what is left of all of them."""
        self._server.start(**SETTINGS)
        journal = Journal(self._client_journal)
        try:
            async with grpc.aio.insecure_channel(self._server.address, options=QUICK_TO_RECONNECT) as channel:
                stuck = [line for cycle in range(cycles) for line in await self._cycle(Client(channel), journal, cycle)]
            return await self._judge(stuck)
        finally:
            journal.close()
            self._server.__exit__()
            for worker in self._workers:
                worker.kill()

    async def _cycle(self, client: Client, journal: Journal, cycle: int) -> list[str]:
        submission = Submission(client, journal, f"cycle-{cycle}", self._stages)
        try:
            async with asyncio.timeout(STUCK_AFTER), asyncio.TaskGroup() as both:
                both.create_task(submission.run())
                both.create_task(self._wreak_havoc(submission))
        except TimeoutError:
            return [f"the plan of cycle {cycle} after {submission.told} of {self._stages} stages"]
        return []

    async def _wreak_havoc(self, submission: Submission) -> None:
        """Kill at moments that are drawn as numbers of finished stages, and a little later than that."""
        victims = [self._kill_server] * self._random.randint(1, 2) + [self._kill_worker] * self._random.randint(1, 2)
        self._random.shuffle(victims)
        moments = sorted(self._random.randrange(self._stages) for _ in victims)
        for told, kill in zip(moments, victims, strict=True):
            await submission.has_told(told)
            await asyncio.sleep(self._random.uniform(0, 0.05))
            await kill()
            self.kills += 1

    async def _kill_server(self) -> None:
        self._server.kill()
        await asyncio.to_thread(self._server.start, **SETTINGS)

    async def _kill_worker(self) -> None:
        await asyncio.to_thread(self._random.choice(self._workers).replace)

    async def _judge(self, stuck: list[str]) -> Verdict:
        """Compare after one more crash, when nothing is under way."""
        self._server.kill()
        self._server.start(**SETTINGS)
        workers = [fact for worker in self._workers for fact in facts(worker.journal)]
        async with grpc.aio.insecure_channel(self._server.address) as channel:
            verdict = await judge(Client(channel), facts(self._client_journal), workers)
        self._server.end()
        verdict.stuck += stuck
        verdict.broken += await count_afresh(self._server.path)
        return verdict


def main() -> None:
    """Run the loop; exit with 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress.crash_loop", description=__doc__)
    parser.add_argument("--cycles", type=int, default=25, help="how many plans (25)")
    parser.add_argument("--seed", type=int, default=1, help="draws the moments (1)")
    parser.add_argument("--stages", type=int, default=200, help="stages of a plan (200)")
    given = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="turboci-crash-loop-") as folder:
        loop = CrashLoop(Path(folder), seed=given.seed, stages=given.stages)
        verdict = asyncio.run(loop.run(given.cycles))
    took = f"seed {given.seed}, {given.cycles} cycles, {loop.kills} kills, {time.monotonic() - start:.0f} s"
    sys.stdout.write("\n".join([*verdict.findings, took, str(verdict), ""]))
    sys.exit(1 if verdict.findings else 0)


if __name__ == "__main__":
    main()
