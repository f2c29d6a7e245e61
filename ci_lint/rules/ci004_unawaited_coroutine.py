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
from ci_lint.rules.base import Example, Finding, Rule
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
    return not is_expected_to_fail(facts.module, call.node)


def _dag_of(site: Site | None) -> Site | None:
    return site.made_by if site is not None else None


def _mend(call: Call, positions: Positions) -> Fix:
    return insert(positions, positions.span(call.node).start, "await ", "await it", Safety.UNSAFE)


_DRAFTS: Final = frozenset({"CheckDraft", "StageDraft", "Launch"})
_HEAD: Final = "import ci\n\n\nasync def main(execution: ci.WorkflowExecution) -> None:\n"

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
            f"{_HEAD}    execution.wait_for_completion()\n",
            f"{_HEAD}    await execution.wait_for_completion()\n",
        ),
        Example(
            f'{_HEAD}    result = execution.wait_for_check("build")\n',
            f'{_HEAD}    result = await execution.wait_for_check("build")\n',
        ),
        Example(
            "import ci\n\n\nasync def grow(dag: ci.DAG, orch: ci.Orchestrator) -> None:\n"
            '    await dag.execute(orch)\n    dag.add_check("late").kind("k")\n',
            "import ci\n\n\nasync def grow(dag: ci.DAG, orch: ci.Orchestrator) -> None:\n"
            '    await dag.execute(orch)\n    await dag.add_check("late").kind("k")\n',
        ),
        Example("import ci\n\n\ndef start(dag: ci.DAG, orch: ci.Orchestrator) -> None:\n    dag.execute(orch)\n"),
        Example(
            "import ci\n\n\nasync def define(orch: ci.Orchestrator) -> None:\n"
            '    async with ci.WorkflowContext(orch) as wf:\n        (wf.define_check("a"))\n',
            "import ci\n\n\nasync def define(orch: ci.Orchestrator) -> None:\n"
            '    async with ci.WorkflowContext(orch) as wf:\n        (await wf.define_check("a"))\n',
        ),
    ),
    valid=(
        f"{_HEAD}    await execution.wait_for_completion()\n",
        f'{_HEAD}    task = execution.wait_for_check("build")\n    await task\n',
        (
            "import asyncio\n\nimport ci\n\n\nasync def main(execution: ci.WorkflowExecution) -> None:\n"
            "    asyncio.create_task(execution.wait_for_completion())\n"
        ),
        "import ci\n\n\nasync def work(stage: ci.StageContext) -> None:\n    stage.progress(50)\n",
        (
            "import ci\n\n\nasync def grow(dag: ci.DAG) -> None:\n"
            '    draft = dag.add_check("late")\n    draft.kind("k")\n    await draft\n'
        ),
        'import ci\n\ndag = ci.DAG("release")\ndag.add_check("build").kind("k")\n',
        'import ci\n\n\ndef work(stage: ci.StageContext) -> None:\n    stage.add_stage("child").runner("r")\n',
        f"{_HEAD}    async for event in execution.events():\n        print(event)\n",
    ),
    check=check,
)
