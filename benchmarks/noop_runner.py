"""The runners of the benchmark, a process of their own: `python -m benchmarks.noop_runner ADDRESS [stream|unary]`."""

from __future__ import annotations

import asyncio
import sys
from typing import Final

import ci
from benchmarks.plans import LIGHT_SLOTS, LIGHT_TYPE, LIGHT_WORK, RUNNER_TYPE

LISTEN: Final = {"stream": None, "unary": "127.0.0.1:0"}


def runners() -> tuple[ci.Runner, ci.Runner]:
    """Return one runner that does nothing, for 1,000 stages at a time, and one that does little, for 10."""
    noop = ci.Runner(RUNNER_TYPE, max_concurrent=1_000)
    light = ci.Runner(LIGHT_TYPE, max_concurrent=LIGHT_SLOTS)

    @noop.handler
    async def nothing(_: ci.StageContext) -> None:
        """Do nothing, well."""

    @light.handler
    async def little(_: ci.StageContext) -> None:
        await asyncio.sleep(LIGHT_WORK)

    return noop, light


async def serve(address: str, over: str = "stream") -> None:
    """Let both work for the orchestrator at `address`, over streams or over the contract's calls."""
    await asyncio.gather(*(runner.serve(address, listen=LISTEN[over]) for runner in runners()))


if __name__ == "__main__":
    ci.run(lambda: serve(*sys.argv[1:]))
