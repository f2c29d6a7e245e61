"""Runners, their handlers, and what handlers can say."""

from collections.abc import Awaitable, Mapping
from typing import assert_type

import ci

runner = ci.Runner("builder", max_concurrent=5)


@runner.handler
async def build(stage: ci.StageContext) -> dict[str, object]:
    plan = await stage.check("plan")
    await stage.progress(50, "compiling")
    return {"artifact": "app.tar", "targets": plan.value("targets", list[str])}


other = ci.Runner("other", runner_id="other-1")


@other.handler
def check(stage: ci.StageContext) -> ci.HandlerResult:
    assert_type(stage.arg("target", str), str)
    assert_type(stage.arg("jobs", int), int)
    assert_type(stage.arg("names", list[str]), list[str])
    assert_type(stage.attempt, int)
    assert_type(stage.deadline, float | None)
    assert_type(stage.check_ids, tuple[str, ...])
    assert_type(stage.args, Mapping[str, ci.JSON])
    if stage.cancelled.is_set():
        raise ci.StageFailed("stopped", data={"done": 3})
    stage.progress(10)
    stage.log("half way")
    stage.report("lint", {"warnings": 3})
    stage.fail_check("lint", "3 warnings", data={"warnings": 3})
    if not stage.check_ids:
        return None
    return {"ok": True}


def plain(stage: ci.StageContext) -> Mapping[str, int]:
    return {"count": 3}


async def counted(stage: ci.StageContext) -> dict[str, int]:
    return {"count": 3}


class Greeter:
    """An object can be a handler too."""

    def __call__(self, stage: ci.StageContext) -> dict[str, str]:
        return {"hello": stage.stage_id}


def decide(stage: ci.StageContext) -> ci.HandlerResult | Awaitable[ci.HandlerResult]:
    return None if stage.attempt > 1 else build(stage)


HANDLERS: list[ci.Handler] = [plain, counted, Greeter(), decide, lambda stage: {"id": stage.stage_id}]


async def serve() -> None:
    await runner.serve("localhost:50051", listen=":0")


async def host(orch: ci.Orchestrator) -> None:
    await orch.host(ci.ShellRunner())
    await orch.host(runner)
    for known in await orch.list_runners("builder"):
        assert_type(known, ci.RunnerInfo)


async def children(stage: ci.StageContext) -> None:
    part = ci.new_stage("part").runner_type("r").assigns("lint").build()
    nodes = await stage.write_nodes(checks=[ci.new_check("lint").build()], stages=[part])
    assert_type(nodes.stages, tuple[ci.Stage, ...])
    lint = await stage.add_check("lint").kind("lint")
    assert_type(lint, ci.CheckNode)
    await stage.add_stage("exec:lint").runner("linter").assigns(lint).after("part")
    await stage.commit()
