"""CI015: an await of a call that is not async."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

import libcst as cst

from ci_lint.facts import Call, Facts, Use
from ci_lint.findings import Fix, Safety, Span
from ci_lint.problems import AWAIT_ON_SYNC
from ci_lint.reading.positions import Positions
from ci_lint.rules.ancestry import parent, unless_expected
from ci_lint.rules.base import Example, Finding, Rule, code
from ci_lint.rules.mending import replace, start_of


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find awaited calls whose result certainly cannot be awaited."""
    for call in facts.calls:
        if call.use is Use.AWAITED and call.awaitable is False:
            awaiting = parent(facts.module, call.node)
            if isinstance(awaiting, cst.Await):
                mend = partial(_mend, awaiting, call)
                yield Finding(awaiting, AWAIT_ON_SYNC.text(call=call.signature.name), mend=mend)


def _mend(awaiting: cst.Await, call: Call, positions: Positions) -> Fix | None:
    word = Span(positions.span(awaiting).start, start_of(call.node, positions))
    return replace(positions, word, "", "remove the await", Safety.UNSAFE)


RULE: Final = Rule(
    problem=AWAIT_ON_SYNC,
    default=True,
    what="`await` in front of a call whose result cannot be awaited, such as `await dag.check(...)`.",
    why="The call works, and then the line raises `TypeError`. Only what talks to an orchestrator is awaited.",
    fix="Removes the `await`. Unsafe, because the line did not work before and does from then on.",
    invalid=(
        Example(
            code(
                """
            import ci


            async def main(dag: ci.DAG) -> None:
                build = await dag.check("build")
            """
            ),
            code(
                """
            import ci


            async def main(dag: ci.DAG) -> None:
                build = dag.check("build")
            """
            ),
        ),
        Example(
            code(
                """
            import ci


            async def main(dag: ci.DAG) -> None:
                lint = await (dag.shell("lint", "ruff").after("x"))
            """
            ),
            code(
                """
            import ci


            async def main(dag: ci.DAG) -> None:
                lint = (dag.shell("lint", "ruff").after("x"))
            """
            ),
        ),
        Example(
            code(
                """
            import ci


            async def main(dag: ci.DAG) -> None:
                await dag.validate()
            """
            ),
            code(
                """
            import ci


            async def main(dag: ci.DAG) -> None:
                dag.validate()
            """
            ),
        ),
        Example(
            code(
                """
            from ci import new_check


            async def main():
                return await new_check("a").build()
            """
            ),
            code(
                """
            from ci import new_check


            async def main():
                return new_check("a").build()
            """
            ),
        ),
    ),
    valid=(
        code(
            """
            import ci


            async def main(dag: ci.DAG) -> None:
                build = await dag.add_check("build")
            """
        ),
        code(
            """
            import ci


            async def main(dag: ci.DAG) -> None:
                await dag.commit()
            """
        ),
        code(
            """
            import ci


            async def main(stage: ci.StageContext) -> None:
                await stage.progress(50)
            """
        ),
        code(
            """
            import ci


            async def main(dag: ci.DAG, orch: ci.Orchestrator) -> None:
                await dag.execute(orch)
            """
        ),
        code(
            """
            import ci


            async def main(handle: ci.CheckHandle) -> None:
                await handle
                await handle.wait()
            """
        ),
    ),
    check=check,
)
