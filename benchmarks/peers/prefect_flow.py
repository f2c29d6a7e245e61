"""Prefect: a flow against the server that it starts for itself, on SQLite."""

from __future__ import annotations

import os
import time

from benchmarks.peers.timing import asked, tell

request = asked()
# Prefect reads its settings when it is imported.
os.environ |= {
    "PREFECT_HOME": str(request.folder),
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "60",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}

from prefect import flow, task  # noqa: E402
from prefect.cache_policies import NO_CACHE  # noqa: E402
from prefect.futures import wait  # noqa: E402
from prefect.task_runners import ThreadPoolTaskRunner  # noqa: E402

from benchmarks.peers.layers import Layers  # noqa: E402

THREADS = 10


@task(cache_policy=NO_CACHE, persist_result=False)
def step(work: float) -> None:
    """Do the work of a step."""
    if work:
        time.sleep(work)


@flow
def one_by_one(plan: Layers) -> None:
    """Call one step after the other."""
    for _ in range(plan.steps):
        step(plan.work)


@flow(task_runner=ThreadPoolTaskRunner(max_workers=THREADS))
def together(plan: Layers) -> None:
    """Submit the steps of a layer to threads."""
    for width in plan.widths:
        wait([step.submit(plan.work) for _ in range(width)])


if __name__ == "__main__":
    tell(request, "prefect", [one_by_one, together])
