"""Plans that have really run, on an orchestrator in memory with runners of this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import ci
from turboci.nodes import WorkPlan
from turboci.states import Outcome


class Works:
    """A runner of type ``builder``: stages fail whose ids are in `red`; the others answer with their id.

    Attributes:
        seen: The stages that it was given, in order.
    """

    def __init__(self, *red: str) -> None:
        self.red = set(red)
        self.seen: list[str] = []
        self.runner = ci.Runner("builder", max_concurrent=4)
        self.runner.handler(self._work)

    async def _work(self, stage: ci.StageContext) -> dict[str, object]:
        self.seen.append(stage.stage_id)
        stage.log(f"working on {stage.stage_id}\n\x1b[31m<b>& ]]> \x00\x1b[0m done")
        if stage.stage_id in self.red:
            raise ci.StageFailed(f"{stage.stage_id} is red")
        return {"made": stage.stage_id}


@asynccontextmanager
async def orchestrator(works: Works) -> AsyncIterator[ci.Orchestrator]:
    async with ci.local(runners=[works.runner]) as port:
        yield port


def release() -> ci.DAG:
    """Return a DAG with a chain, a handler of failures, a collector, and one that waits for a stage, not a check."""
    dag = ci.DAG("release")
    fetch = dag.step("fetch", "builder")
    lint = dag.step("lint", "builder")
    build = dag.step("build", "builder").after(fetch)
    dag.step("deploy", "builder").after(build, lint)
    dag.step("tidy", "builder").after(ci.stage("fetch").finished, ci.check("build").finished)
    return dag


async def ended(port: ci.Orchestrator, dag: ci.DAG) -> WorkPlan:
    """Execute a DAG to its end."""
    execution = await dag.execute(port)
    await execution.wait_for_completion(raise_on_failure=False)
    return await port.get_work_plan(execution.work_plan_id)


async def completed(port: ci.Orchestrator, plan: WorkPlan) -> dict[str, Outcome | None]:
    """Wait for a plan; return the outcomes of its checks."""
    async for event in port.watch(plan.id, after_sequence=0):
        if isinstance(event, ci.PlanCompleted):
            break
    return {check.id: check.outcome for check in (await port.query_nodes(plan.id)).checks}
