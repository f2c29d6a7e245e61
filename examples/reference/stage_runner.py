"""A stage runner: one handler works on SYNC and ASYNC stages.

`serve` is what the reference's `main` does - register, renew, listen, work, and leave when stopped; `turboci runner
stage_runner:runner` is the same without a line of code. Without an address the file shows both modes in one process.

    python examples/reference/stage_runner.py serve 127.0.0.1:50051
    python examples/reference/stage_runner.py [127.0.0.1:50051]
    turboci run examples/reference/stage_runner.py
"""

import asyncio
import sys

import ci

runner = ci.Runner("build_executor", max_concurrent=5, runner_id="build-runner-1")


@runner.handler
async def execute_build(stage: ci.StageContext) -> dict[str, object]:
    """Build; what is returned is the result of every check that the stage is assigned to."""
    target = stage.arg("target", str)
    for percent in (30, 60, 90):
        stage.progress(percent, f"building {target}")
        await asyncio.sleep(0)
    if target == "broken":
        raise ci.StageFailed("broken does not compile")
    return {"artifact": f"{target}.tar"}


async def main(orch: ci.Orchestrator) -> None:
    await orch.host(runner)
    dag = ci.DAG("stage-runner")
    dag.step("in-the-call", runner, target="app").sync()
    dag.step("by-callback", runner, target="docs").async_()
    dag.step("red", runner, target="broken")
    execution = await dag.execute(orch)
    result = await execution.wait_for_completion(raise_on_failure=False)
    for check in result.checks.values():
        print(f"{check.id}: {check.data.get('artifact') or check.cause}")


async def run(*address: str) -> None:
    async with ci.connect(*address) if address else ci.local() as orch:
        await main(orch)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        ci.run(lambda: runner.serve(sys.argv[2], listen="127.0.0.1:0"))
    else:
        ci.run(lambda: run(*sys.argv[1:]))
