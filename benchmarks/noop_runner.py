"""The runners of the benchmark, a process: `python -m benchmarks.noop_runner ADDRESS [stream|unary [PAIRS]]`."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Final

import ci
from benchmarks.plans import LIGHT_SLOTS, LIGHT_TYPE, LIGHT_WORK, RUNNER_TYPE

LISTEN: Final = {"stream": None, "unary": "127.0.0.1:0"}


def runners(number: int = 0) -> tuple[ci.Runner, ci.Runner]:
    """Return one runner that does nothing, for 1,000 stages at a time, and one that does little, for 10."""
    noop = ci.Runner(RUNNER_TYPE, max_concurrent=1_000, runner_id=f"{RUNNER_TYPE}-{os.getpid()}-{number}")
    light = ci.Runner(LIGHT_TYPE, max_concurrent=LIGHT_SLOTS, runner_id=f"{LIGHT_TYPE}-{os.getpid()}-{number}")

    @noop.handler
    async def nothing(_: ci.StageContext) -> None:
        """Do nothing, well."""

    @light.handler
    async def little(_: ci.StageContext) -> None:
        await asyncio.sleep(LIGHT_WORK)

    return noop, light


async def serve(address: str, over: str = "stream", pairs: str = "1") -> None:
    """Let so many pairs of them work for the orchestrator at `address`, over streams or over the contract's calls."""
    working = [runner for number in range(int(pairs)) for runner in runners(number)]
    await asyncio.gather(*(runner.serve(address, listen=LISTEN[over]) for runner in working))


if __name__ == "__main__":
    ci.run(lambda: serve(*sys.argv[1:]))
