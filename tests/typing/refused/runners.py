"""Mistakes with runners and handlers. Each marked line is wrong; the mark says who has to see it."""

import ci

runner = ci.Runner("builder")
dag = ci.DAG("functions")


@runner.handler  # E: mypy pyright
def nothing() -> None: ...


@runner.handler  # E: mypy pyright
def text(stage: ci.StageContext) -> str:
    return stage.stage_id


@runner.handler  # E: mypy pyright
async def listed(stage: ci.StageContext) -> list[str]:
    return [stage.stage_id]


@runner.handler  # E: mypy pyright
def two(stage: ci.StageContext, other: str) -> None: ...


@runner.handler()  # E: mypy pyright
def called(stage: ci.StageContext) -> None: ...


@dag.function("id")  # E: mypy pyright
def named(stage: ci.StageContext) -> None: ...


@dag.function  # E: mypy pyright
def nothing_taken() -> None: ...


@dag.function()  # E: mypy pyright
def number(stage: ci.StageContext) -> int:
    return stage.attempt


async def work(stage: ci.StageContext) -> dict[str, object]:
    stage.progress("50")  # E: mypy pyright
    stage.progress(0.5)  # E: mypy pyright
    stage.arg("target")  # E: mypy pyright
    target: int = stage.arg("target", str)  # E: mypy pyright
    stage.args["target"].upper()  # E: mypy pyright
    stage.args["target"] = "x"  # E: mypy pyright
    plan: ci.Check = stage.check("plan")  # E: mypy pyright
    stage.report({"ok": True})  # E: mypy pyright
    stage.fail_check("lint")  # E: mypy pyright
    stage.log(3)  # E: mypy pyright
    if stage.cancelled():  # E: mypy pyright
        raise ci.StageFailed(data={"ok": False})  # E: mypy pyright
    return {"target": target, "plan": plan.id}


async def serve() -> None:
    ci.Runner()  # E: mypy pyright
    ci.Runner("builder", concurrency=3)  # E: mypy pyright
    runner.serve("localhost:50051")  # E: mypy pyright
    await runner.serve(50051)  # E: mypy pyright
