"""Level 3, workflow context: define nodes one after the other, and wait for them like for futures.

python examples/reference/level3_workflow.py [127.0.0.1:50051]
turboci run examples/reference/level3_workflow.py
"""

import sys

import ci

runner = ci.Runner("builder")


@runner.handler
async def work(stage: ci.StageContext) -> dict[str, object]:
    return {"by": stage.stage_id}


async def main(orch: ci.Orchestrator) -> None:
    await orch.host(runner)
    async with ci.WorkflowContext(orch) as wf:
        # Checks: what is returned can be waited for.
        build_check = await wf.define_check(
            "build:main", ci.with_kind("build"), ci.with_check_state(ci.CheckState.PLANNING)
        )
        test_check = await wf.define_check("test:unit", ci.with_kind("test"), ci.with_check_deps("build:main"))

        # Stages.
        build_stage = await wf.define_stage(
            "exec:build", ci.with_runner("builder"), ci.with_sync(), ci.assigns_to("build:main")
        )
        test_stage = await wf.define_stage(
            "exec:test", ci.with_runner("builder"), ci.with_async(), ci.assigns_to("test:unit")
        )

        # Race: the first of several.
        first = await ci.wait_any_check(build_check, test_check)
        print(f"first: {first.id}")

        # Wait; a stream of events does it, and a poll takes over if there is none.
        result = await build_check.wait()
        print(f"{result.id}: {result.value('by', str)}")

        # With a limit; the error would say what it still waits for.
        result = await test_check.wait(timeout=300)
        print(f"{result.id}: {result.value('by', str)}")

        # All of them.
        await ci.wait_all_checks(build_check, test_check)
        done = await ci.wait_all_stages(build_stage, test_stage)
        print(f"stages: {', '.join(stage.id for stage in done)}")


async def run() -> None:
    async with ci.connect(sys.argv[1]) if sys.argv[1:] else ci.local() as orch:
        await main(orch)


if __name__ == "__main__":
    ci.run(run)
