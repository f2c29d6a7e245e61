"""What users write against the protocols: runners, dependencies, functions over any orchestrator."""

from collections.abc import Callable, Coroutine
from typing import assert_type

import ci


class Service:
    """Whatever knows its runner type can be named as a runner."""

    runner_type: str = "service"


class Milestone:
    """Whatever stands for an edge can be depended on."""

    def __init__(self, id: str) -> None:
        self._id = id

    def as_dependency(self) -> ci.Dependency:
        return ci.check(self._id).finished


target: ci.SupportsDependency = Milestone("m")
several: list[ci.Dependable] = ["a", Milestone("b"), ci.check("c"), ci.stage("d").failed]
group = ci.depends_on(*several)
named: ci.RunnerLike = Service()
stage = ci.DAG().stage("s").runner(Service())
also: ci.RunnerLike = ci.Runner("x")
hosted: ci.HostedRunner = ci.ShellRunner()


async def release(orch: ci.Orchestrator, *, name: str) -> ci.WorkflowResult:
    dag = ci.DAG(name)
    dag.shell("build", "make")
    return await (await dag.execute(orch)).wait_for_completion()


async def locally() -> bool:
    async with ci.local() as orch:
        return (await release(orch, name="local")).ok


async def remotely() -> bool:
    async with ci.connect("localhost:50051", timeout=5, retry_for=60) as orch:
        return (await release(orch, name="remote")).ok


def choose(remote: bool) -> Callable[[], Coroutine[object, object, bool]]:
    return remotely if remote else locally


if __name__ == "__main__":
    assert_type(ci.run(choose(remote=False)), bool)
