"""Kills the server at its n-th write, for many n, and lets another one go on: ``python -m tests.stress.sweep``.

The scenario is always the same plan. Whatever the last write was - of the schema, of the log, of a checkpoint - the
next server finds a sound file, finishes the plan, and knows all that was acknowledged.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import grpc

from orchestrator.app import running
from orchestrator.config import Config
from tests.e2e.contract import PATIENCE, Client
from tests.e2e.servers import ROOT, free_port
from tests.stress.client import Submission
from tests.stress.dooms import NEVER, Doom, InTheDatabase, InTheKernel
from tests.stress.journal import Journal, facts
from tests.stress.verdict import Verdict, count_afresh, judge
from tests.stress.worker import QUICK_TO_RECONNECT, work

STAGES = 24
WAYS: dict[str, Doom] = {"database": InTheDatabase(), "kernel": InTheKernel()}
"""Half a write of SQLite is the last, or a write syscall."""


class Scenario:
    """One plan against a server that dies at one of its writes.

    Attributes:
        writes: How many writes the server did, if it did not die.
    """

    def __init__(self, folder: Path, dies_at: int, doom: Doom) -> None:
        self.writes = 0
        self._dies_at = dies_at
        self._doom = doom
        self._folder = folder
        self._path = folder / "turboci.db"
        self._port = free_port()
        self._log = folder / "server.log"
        self._client_journal = folder / "client.journal"
        self._worker_journal = folder / "worker.journal"

    async def run(self) -> Verdict:
        """Bring the plan to its end through one death, and judge."""
        server = await self._start()
        async with self._working():
            ending = asyncio.create_task(server.wait())
            submitting = asyncio.create_task(self._submit())
            await asyncio.wait({ending, submitting}, return_when=asyncio.FIRST_COMPLETED)
            if submitting.done():
                server.send_signal(signal.SIGTERM)  # it may still die when it folds the log into the file
            code = await ending
            self.writes = await asyncio.to_thread(self._doom.writes, self._folder)
            # How writes fall into commits is not the same in every run: there may be fewer than it takes to die.
            outlived = self._dies_at == NEVER or 0 < self.writes < self._dies_at
            assert code == (0 if outlived else -signal.SIGKILL), self._log.read_text()
            async with running(Config(port=self._port, sqlite_path=str(self._path), log_level="ERROR")) as successor:
                async with asyncio.timeout(PATIENCE):
                    await submitting
                verdict = await self._judge(successor.address)
        verdict.broken += await count_afresh(self._path)
        return verdict

    async def _start(self) -> asyncio.subprocess.Process:
        flags = ("--port", str(self._port), "--db", str(self._path))
        command = (*self._doom.command(self._folder, self._dies_at), *flags)
        with self._log.open("wb") as log:
            return await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=log, stderr=log)

    @asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        journal = Journal(self._worker_journal)
        working = asyncio.create_task(work(f"127.0.0.1:{self._port}", "worker", journal))
        try:
            yield
        finally:
            working.cancel()
            await asyncio.wait({working})
            journal.close()

    async def _submit(self) -> None:
        journal = Journal(self._client_journal)
        address = f"127.0.0.1:{self._port}"
        async with grpc.aio.insecure_channel(address, options=QUICK_TO_RECONNECT) as channel:
            await Submission(Client(channel), journal, "scenario", STAGES).run()
        journal.close()

    async def _judge(self, address: str) -> Verdict:
        async with grpc.aio.insecure_channel(address) as channel:
            return await judge(Client(channel), facts(self._client_journal), facts(self._worker_journal))


async def survive(dies_at: int, doom: Doom) -> tuple[Verdict, int]:
    """Return the verdict on one death, and how many writes there were if there was none."""
    with tempfile.TemporaryDirectory(prefix="turboci-sweep-") as folder:
        scenario = Scenario(Path(folder), dies_at, doom)
        return await scenario.run(), scenario.writes


async def sweep(deaths: Iterable[int], doom: Doom) -> list[str]:
    """Return what is wrong after any of these deaths."""
    return [f"write {at}: {line}" for at in deaths for line in (await survive(at, doom))[0].findings]


async def spread(number: int, doom: Doom, *, first: int = 1) -> list[int]:
    """Return so many writes of the scenario from the first to nearly the last, evenly spread.

    No two runs do exactly the same writes, so the last twentieth may not be reached.
    """
    _, writes = await survive(NEVER, doom)
    last = writes * 19 // 20
    return sorted({first + (last - first) * place // max(1, number - 1) for place in range(number)})


def main() -> None:
    """Sweep; exit with 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress.sweep", description=__doc__)
    parser.add_argument("--deaths", type=int, default=10_000, help="how many, evenly spread; default all")
    parser.add_argument("--first", type=int, default=1, help="the first write at which it dies (1)")
    parser.add_argument("--in", dest="way", choices=WAYS, default="database", help="who kills it (database)")
    given = parser.parse_args()
    doom = WAYS[given.way]
    deaths = asyncio.run(spread(given.deaths, doom, first=given.first))
    findings = asyncio.run(sweep(deaths, doom))
    sys.stdout.write("\n".join([*findings, f"{len(deaths)} deaths, {len(findings)} findings", ""]))
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
