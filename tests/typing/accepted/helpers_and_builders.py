"""Levels 1 and 2: references, groups, assignments, and writes made of calls."""

from collections.abc import Mapping, Sequence
from typing import assert_type

import ci

BUILD = ci.check("build:main")
assert_type(BUILD, ci.NodeRef)
assert_type(BUILD.succeeded, ci.Dependency)
assert_type(BUILD.finished.target, ci.NodeRef)
assert_type(ci.stage("deploy").failed.when, ci.When)

assert_type(ci.depends_on("plan", BUILD, ci.stage("deploy").finished), ci.DependencyGroup)
assert_type(ci.depends_on(), ci.DependencyGroup)
assert_type(ci.depends_on_any("a", ci.stage("b")), ci.DependencyGroup)
assert_type(ci.depends_on_at_least(2, "a", "b", "c").threshold, int | None)
assert_type(ci.depends_on_checks("a", "b"), ci.DependencyGroup)
assert_type(ci.depends_on_stages("a").predicate, ci.Predicate)
assert_type(ci.assigns("build"), ci.Assignment)
assert_type(ci.assigns_with_goal("build", ci.CheckState.WAITING).goal_state, ci.CheckState)
assert_type(ci.assignment_list("a", ci.assigns("b")), tuple[ci.Assignment, ...])
ci.StageWrite(id="s", assignments=ci.assignment_list("a", ci.assigns("b")))


def wait_for(targets: Sequence[str]) -> ci.DependencyGroup:
    return ci.depends_on(*targets, *[ci.stage(target) for target in targets])


if wait_for([]):
    print("a group can be tested, an edge cannot")

CHECK = (
    ci.new_check("build:main")
    .kind("build")
    .state(ci.CheckState.PLANNING)
    .planning()
    .planned()
    .waiting()
    .final()
    .option("target", "//pkg/...")
    .options({"shards": 4, "tags": ["slow", None], "nested": {"deep": [1.5, True]}})
    .depends_on("plan:main", ci.stage("exec:plan"))
    .dependencies(ci.depends_on("lint"))
    .external()
    .result({"ok": True}, finalize=False)
    .result_with_failure("3 tests failed", {"failed": 3})
)
assert_type(CHECK, ci.CheckBuilder)
assert_type(CHECK.build(), ci.CheckWrite)
assert_type(ci.new_check("b").depends_on_any("a").build().dependencies, ci.DependencyGroup | None)

STAGE = (
    ci.new_stage("exec:build")
    .runner_type("builder")
    .sync()
    .async_()
    .state(ci.StageState.PLANNED)
    .arg("target", "//pkg/...")
    .args({"jobs": 4})
    .assigns("build:main", "lint")
    .assigns_with_goal("test", ci.CheckState.WAITING)
    .assigns_all(*ci.assignment_list("a", ci.assigns("b")))
    .depends_on_stages("exec:plan")
    .depends_on_checks("plan")
    .depends_on(ci.depends_on("lint"))
    .retry(max_attempts=5, retry_on=ci.RetryOn.LOST | ci.RetryOn.FAILED)
    .timeout(60)
    .priority(3)
    .parent("exec:plan")
    .always()
)
assert_type(STAGE, ci.StageBuilder)
assert_type(STAGE.build(), ci.StageWrite)
assert_type(STAGE.build().assignments, tuple[ci.Assignment, ...])

ATTEMPT = ci.new_attempt("worker-1").running().progress(50, "compiling").detail("pid", 7).details({"host": "a"}).build()
assert_type(ATTEMPT, ci.AttemptWrite)
DONE = ci.new_attempt().pending().scheduled().complete().incomplete().state(ci.AttemptState.COMPLETE).failure("no disk")
CLAIM = (
    ci.new_stage("manual").claim_attempt("worker-1").complete_attempt().fail_attempt("gave up").current_attempt(ATTEMPT)
)


class Pipeline(ci.CheckBuilder):
    """A builder can be derived from; its calls keep the type."""

    def slow(self) -> "Pipeline":
        return self.option("slow", True)


assert_type(Pipeline("x").kind("test").slow(), Pipeline)


async def write(orch: ci.Orchestrator, options: Mapping[str, int]) -> ci.Nodes:
    plan = await orch.create_work_plan({"name": "release"}, fail_fast=True)
    assert_type(plan, ci.WorkPlan)
    check = ci.new_check("custom:special").options(options).build()
    nodes = await orch.write_nodes(plan.id, checks=[check], stages=(STAGE.build(),))
    assert_type(nodes.checks, tuple[ci.Check, ...])
    return nodes
