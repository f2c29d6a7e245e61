"""CI004: work that never happens because nobody awaits it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from ci_lint.facts import Call, Facts, Use
from ci_lint.findings import Fix, Safety
from ci_lint.inference.site import Site
from ci_lint.inference.values import Inst
from ci_lint.problems import UNAWAITED_COROUTINE
from ci_lint.reading.positions import Positions
from ci_lint.rules.ancestry import is_expected_to_fail
from ci_lint.rules.base import Example, Finding, Rule, code
from ci_lint.rules.mending import insert


def check(facts: Facts) -> Iterator[Finding]:
    """Find calls that only make something to be awaited, and whose result goes nowhere."""
    unexecuted = {id(graph.dag) for graph in facts.graphs if graph.executed is None}
    for call in facts.calls:
        if call.use not in {Use.DROPPED, Use.UNREAD} or call.signature.droppable:
            continue
        if call.signature.asynchronous or _is_lost_draft(facts, call, unexecuted):
            mend = partial(_mend, call) if call.context.asynchronous else None
            yield Finding(call.node, UNAWAITED_COROUTINE.text(call=call.signature.name), mend=mend)


def _is_lost_draft(facts: Facts, call: Call, unexecuted: set[int]) -> bool:
    """Return whether it makes a draft or a launch that only an ``await`` brings to life."""
    result = call.result
    if not isinstance(result, Inst) or result.cls.name not in _DRAFTS:
        return False
    if not call.context.asynchronous and result.cls.name != "Launch":
        return False  # a handler in a thread cannot await, and what it adds is written when it returns
    if call.signature.fluent and not call.made_here:
        return False  # a setting of a draft that lives in a variable
    dag = _dag_of(call.origin)
    if result.cls.name != "Launch" and dag is not None and id(dag) in unexecuted:
        return False  # before the DAG is executed it only defines the node, awaited or not
    return not is_expected_to_fail(facts, call.node)


def _dag_of(site: Site | None) -> Site | None:
    return site.made_by if site is not None else None


def _mend(call: Call, positions: Positions) -> Fix:
    return insert(positions, positions.span(call.node).start, "await ", "await it", Safety.UNSAFE)


_DRAFTS: Final = frozenset({"CheckDraft", "StageDraft", "Launch"})

RULE: Final = Rule(
    problem=UNAWAITED_COROUTINE,
    default=True,
    what="A call that gives something to be awaited - the result of an async function, a draft of "
    "`dag.add_check(...)`, a launch of `dag.execute(...)` - whose result is dropped, or bound to a name that "
    "nothing reads.",
    why="Nothing happens before the await. The program goes on as if it had waited, and warns at best at its end.",
    fix="Puts `await` in front, inside an `async def` only. Unsafe: the code waits there from then on.",
    invalid=(
        Example(
            code(
                """
            import ci


            async def main(execution: ci.WorkflowExecution) -> None:
                execution.wait_for_completion()
            """
            ),
            code(
                """
            import ci


            async def main(execution: ci.WorkflowExecution) -> None:
                await execution.wait_for_completion()
            """
            ),
        ),
        Example(
            code(
                """
            import ci


            async def main(execution: ci.WorkflowExecution) -> None:
                result = execution.wait_for_check("build")
            """
            ),
            code(
                """
            import ci


            async def main(execution: ci.WorkflowExecution) -> None:
                result = await execution.wait_for_check("build")
            """
            ),
        ),
        Example(
            code(
                """
            import ci


            async def grow(dag: ci.DAG, orch: ci.Orchestrator) -> None:
                await dag.execute(orch)
                dag.add_check("late").kind("k")
            """
            ),
            code(
                """
            import ci


            async def grow(dag: ci.DAG, orch: ci.Orchestrator) -> None:
                await dag.execute(orch)
                await dag.add_check("late").kind("k")
            """
            ),
        ),
        Example(
            code(
                """
            import ci


            def start(dag: ci.DAG, orch: ci.Orchestrator) -> None:
                dag.execute(orch)
            """
            )
        ),
        Example(
            code(
                """
            import ci


            async def define(orch: ci.Orchestrator) -> None:
                async with ci.WorkflowContext(orch) as wf:
                    (wf.define_check("a"))
            """
            ),
            code(
                """
            import ci


            async def define(orch: ci.Orchestrator) -> None:
                async with ci.WorkflowContext(orch) as wf:
                    (await wf.define_check("a"))
            """
            ),
        ),
    ),
    valid=(
        code(
            """
            import ci


            async def main(execution: ci.WorkflowExecution) -> None:
                await execution.wait_for_completion()
            """
        ),
        code(
            """
            import ci


            async def main(execution: ci.WorkflowExecution) -> None:
                task = execution.wait_for_check("build")
                await task
            """
        ),
        (
            code(
                """
            import asyncio

            import ci


            async def main(execution: ci.WorkflowExecution) -> None:
                asyncio.create_task(execution.wait_for_completion())
            """
            )
        ),
        code(
            """
            import ci


            async def work(stage: ci.StageContext) -> None:
                stage.progress(50)
            """
        ),
        (
            code(
                """
            import ci


            async def grow(dag: ci.DAG) -> None:
                draft = dag.add_check("late")
                draft.kind("k")
                await draft
            """
            )
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            dag.add_check("build").kind("k")
            """
        ),
        code(
            """
            import ci


            def work(stage: ci.StageContext) -> None:
                stage.add_stage("child").runner("r")
            """
        ),
        code(
            """
            import ci


            async def main(execution: ci.WorkflowExecution) -> None:
                async for event in execution.events():
                    print(event)
            """
        ),
    ),
    check=check,
)
