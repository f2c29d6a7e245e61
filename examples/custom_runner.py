"""A runner of one's own in another process, which takes SYNC and ASYNC stages with one handler.

turboci serve &
python examples/custom_runner.py runner 127.0.0.1:50051 &
python examples/custom_runner.py pipeline 127.0.0.1:50051
"""

from __future__ import annotations

import asyncio
import sys

import ci

runner = ci.Runner("builder", max_concurrent=4)


@runner.handler
async def build(stage: ci.StageContext) -> dict[str, object]:
    """Build one target; what is returned becomes the result of the check that the stage answers."""
    target = stage.arg("target", str)
    for percent in (25, 50, 75):
        stage.progress(percent, f"compiling {target}")
        await asyncio.sleep(0.01)
    if target == "broken":
        raise ci.StageFailed("broken does not compile", data={"errors": 1})
    return {"artifact": f"{target}.tar", "attempt": stage.attempt}


async def pipeline(address: str, *targets: str) -> None:
    """Build the targets one after the other, synchronously and asynchronously by turns."""
    dag = ci.DAG("builds")
    before: ci.StageNode | None = None
    for number, target in enumerate(targets):
        step = dag.step(f"build:{target}", runner, target=target)
        step.async_() if number % 2 else step.sync()
        if before is not None:
            step.after(before)
        before = step
    async with ci.connect(address) as orchestrator:
        execution = await dag.execute(orchestrator)
        result = await execution.wait_for_completion(timeout=60)
    for check in result.checks.values():
        print(f"{check.id}: {check.value('artifact', str)}")


def main(role: str, address: str, *targets: str) -> None:
    if role == "runner":
        ci.run(lambda: runner.serve(address))
    else:
        ci.run(lambda: pipeline(address, *(targets or ("library", "application"))))


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in {"runner", "pipeline"}:
        sys.exit(__doc__)
    main(*sys.argv[1:])
