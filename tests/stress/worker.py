"""A runner as a process of its own, which may be killed at any moment: ``python -m tests.stress.worker``.

It knows nothing but the contract. Its journal says which executions it was sent, and which completions the server
acknowledged or refused.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
from pathlib import Path

import grpc

from tests.e2e.contract import ASYNC, PATIENCE, SYNC, Client, update
from tests.e2e.runners import Asked, RecordingRunner, serving
from tests.stress.journal import Journal
from turboci.v1 import common_pb2, service_pb2, stagerunner_pb2

RUNNER_TYPE = "worker"
TTL = 2
"""Seconds until the server takes a killed worker for gone."""
RENEWAL = 0.4

QUICK_TO_RECONNECT = (
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 100),
)
"""Channel options: by default a channel waits a second and more before it looks whether the server is back."""


class Worker(RecordingRunner):
    """Works for a moment, answers green with the id of the execution, and survives the server.

    An ASYNC completion is sent until somebody answers.
    """

    def __init__(self, client: Client, journal: Journal, pauses: random.Random) -> None:
        super().__init__(self._work)
        self._client = client
        self._journal = journal
        self._pauses = pauses

    async def _work(self, asked: Asked) -> stagerunner_pb2.RunResponse:
        self._journal.note(sent=asked.execution_id, plan=asked.work_plan_id, stage=asked.stage_id)
        await asyncio.sleep(self._pauses.uniform(0, 0.02))
        return stagerunner_pb2.RunResponse(
            stage_state=common_pb2.STAGE_STATE_FINAL,
            check_updates=[update(id, execution=asked.execution_id) for id in asked.assigned_check_ids],
        )

    async def deliver(self, address: str, completion: service_pb2.CompleteStageExecutionRequest) -> None:
        while True:
            try:
                await self._client.stub.CompleteStageExecution(completion, timeout=PATIENCE)
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    self._journal.note(refused=completion.execution_id, code=error.code().name)
                    return
                await asyncio.sleep(0.02)
            else:
                self._journal.note(acknowledged=completion.execution_id)
                return


async def work(server: str, runner_id: str, journal: Journal) -> None:
    """Serve and stay registered until cancelled or killed."""
    async with grpc.aio.insecure_channel(server, options=QUICK_TO_RECONNECT) as channel:
        client = Client(channel)
        async with serving(Worker(client, journal, random.Random(runner_id))) as worker:
            while True:
                there = await _registered(client, runner_id, worker.address)
                await asyncio.sleep(RENEWAL if there else 0.02)


async def _registered(client: Client, runner_id: str, address: str) -> bool:
    """Register again; return whether the server is there."""
    try:
        await client.register(runner_id, RUNNER_TYPE, address, SYNC, ASYNC, max_concurrent=8, ttl_seconds=TTL)
    except grpc.aio.AioRpcError as error:
        if error.code() is not grpc.StatusCode.UNAVAILABLE:
            raise
        return False
    return True


def main() -> None:
    """Work until killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress.worker", description=__doc__)
    parser.add_argument("server", metavar="HOST:PORT")
    parser.add_argument("runner_id", metavar="ID")
    parser.add_argument("journal", type=Path, metavar="FILE")
    given = parser.parse_args()
    asyncio.run(work(given.server, f"{given.runner_id}-{os.getpid()}", Journal(given.journal)))


if __name__ == "__main__":
    main()
