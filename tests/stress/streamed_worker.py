"""A runner that works over a stream, as a process that may be killed: ``python -m tests.stress.streamed_worker``.

Its stream is that of the SDK; what it does with the executions, and what it notes, is that of `tests.stress.worker`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
from pathlib import Path
from typing import Final

from ci.port import Orchestrator
from ci.remote import RemoteOrchestrator
from tests.stress.journal import Journal
from tests.stress.worker import RUNNER_TYPE, TTL
from turboci.errors import CIError, OrchestratorUnavailable
from turboci.executions import Acceptance, Answer, CheckUpdate, Execution
from turboci.states import CheckState, ExecutionMode


class StreamedWorker:
    """Implements `ci.port.HostedRunner`: works for a moment, and answers green with the id of the execution."""

    runner_type: Final = RUNNER_TYPE
    supported_modes: Final = (ExecutionMode.SYNC, ExecutionMode.ASYNC)
    max_concurrent: Final = 8

    def __init__(self, runner_id: str, journal: Journal) -> None:
        self.runner_id: Final = runner_id
        self._journal = journal
        self._pauses = random.Random(runner_id)
        self._live: dict[str, asyncio.Task[None]] = {}

    @property
    def current_load(self) -> int:
        return len(self._live)

    async def run(self, execution: Execution, port: Orchestrator) -> Answer:
        raise AssertionError("over a stream everything is taken like ASYNC work")

    async def run_async(self, execution: Execution, port: Orchestrator) -> Acceptance:
        execution_id = execution.execution_id
        self._journal.note(sent=execution_id, plan=execution.work_plan_id, stage=execution.stage_id)
        task = self._live[execution_id] = asyncio.create_task(self._work(execution, port))
        task.add_done_callback(lambda _: self._live.pop(execution_id, None))
        return Acceptance(accepted=True)

    async def cancel(self, execution_id: str, reason: str) -> None:
        if execution_id in self._live:
            self._live[execution_id].cancel()

    async def drain(self, grace: float) -> None:
        return None

    async def _work(self, execution: Execution, port: Orchestrator) -> None:
        await asyncio.sleep(self._pauses.uniform(0, 0.02))
        updates = tuple(
            CheckUpdate(check_id=check.check_id, state=CheckState.FINAL, data={"execution": execution.execution_id})
            for check in execution.checks
        )
        while True:
            try:
                await port.complete_execution(execution.execution_id, Answer(check_updates=updates))
            except OrchestratorUnavailable:
                await asyncio.sleep(0.02)
            except CIError as error:
                self._journal.note(refused=execution.execution_id, code=type(error).__name__)
                return
            else:
                self._journal.note(acknowledged=execution.execution_id)
                return


async def work(server: str, runner_id: str, journal: Journal) -> None:
    """Work until killed."""
    async with RemoteOrchestrator(server) as orchestrator:
        await _until_hosted(orchestrator, StreamedWorker(runner_id, journal))
        await asyncio.get_running_loop().create_future()


async def _until_hosted(orchestrator: RemoteOrchestrator, worker: StreamedWorker) -> None:
    """Try until there is a server, and it is not killed before it has answered."""
    while True:
        try:
            await orchestrator.reach()
            await orchestrator.host(worker, ttl=TTL)
        except OrchestratorUnavailable:
            await asyncio.sleep(0.02)
        else:
            return


def main() -> None:
    """Work until killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress.streamed_worker", description=__doc__)
    parser.add_argument("server", metavar="HOST:PORT")
    parser.add_argument("runner_id", metavar="ID")
    parser.add_argument("journal", type=Path, metavar="FILE")
    given = parser.parse_args()
    asyncio.run(work(given.server, f"{given.runner_id}-{os.getpid()}", Journal(given.journal)))


if __name__ == "__main__":
    main()
