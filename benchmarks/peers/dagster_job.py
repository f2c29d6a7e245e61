"""Dagster: a job in this process, its events in SQLite."""

from __future__ import annotations

import logging
import os
import time
from functools import cache

os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"

from dagster import (
    DagsterInstance,
    DependencyDefinition,
    GraphDefinition,
    In,
    JobDefinition,
    MultiDependencyDefinition,
    NodeInvocation,
    Nothing,
    Out,
    in_process_executor,
    op,
)

from benchmarks.peers.layers import Layers
from benchmarks.peers.timing import asked, tell


@cache
def job(plan: Layers) -> JobDefinition:
    """Return the plan as a job; it is made once, and not timed."""

    @op(ins={"before": In(Nothing)}, out=Out(Nothing))
    def step() -> None:
        if plan.work:
            time.sleep(plan.work)

    @op(out=Out(Nothing))
    def first() -> None:
        if plan.work:
            time.sleep(plan.work)

    edges: dict[NodeInvocation, dict[str, MultiDependencyDefinition]] = {}
    before: list[str] = []
    for layer, width in enumerate(plan.widths):
        names = [f"n{layer}_{place}" for place in range(width)]
        needs = {"before": MultiDependencyDefinition([DependencyDefinition(name) for name in before])}
        for name in names:
            edges[NodeInvocation("step" if before else "first", name)] = needs if before else {}
        before = names
    graph = GraphDefinition("plan", node_defs=[first, step] if len(plan.widths) > 1 else [first], dependencies=edges)
    return graph.to_job(executor_def=in_process_executor)


if __name__ == "__main__":
    request = asked()
    logging.disable(logging.CRITICAL)
    with DagsterInstance.local_temp(str(request.folder)) as instance:
        tell(request, "dagster", [lambda plan: job(plan).execute_in_process(instance=instance)])
