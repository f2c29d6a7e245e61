"""The runner of the benchmark, a process of its own: `python -m benchmarks.noop_runner ADDRESS`."""

from __future__ import annotations

import sys

import ci
from benchmarks.plans import RUNNER_TYPE

runner = ci.Runner(RUNNER_TYPE, max_concurrent=1_000)


@runner.handler
async def nothing(stage: ci.StageContext) -> None:
    """Do nothing, well."""


if __name__ == "__main__":
    ci.run(lambda: runner.serve(sys.argv[1]))
