"""DBOS: every step is a workflow on a queue in SQLite, from which a worker of this process takes it."""

from __future__ import annotations

import time

from dbos import DBOS

from benchmarks.peers.dbos_steps import config
from benchmarks.peers.layers import Layers
from benchmarks.peers.timing import asked, tell

POLL = 0.005
"""Seconds between two looks at the queue; by default it is one second."""


@DBOS.workflow()
def work(seconds: float) -> None:
    """Do the work of a step."""
    if seconds:
        time.sleep(seconds)


@DBOS.workflow()
def flow(plan: Layers) -> None:
    """Enqueue one layer after the other."""
    queue = "slots" if plan.slots else "open"
    for width in plan.widths:
        handles = [DBOS.enqueue_workflow(queue, work, plan.work) for _ in range(width)]
        for handle in handles:
            handle.get_result(polling_interval_sec=POLL)


if __name__ == "__main__":
    request = asked()
    DBOS(config=config(request.folder))
    DBOS.launch()
    DBOS.register_queue("open", polling_interval_sec=POLL)
    DBOS.register_queue("slots", polling_interval_sec=POLL, worker_concurrency=10)
    tell(request, "dbos", [flow])
    DBOS.destroy()
