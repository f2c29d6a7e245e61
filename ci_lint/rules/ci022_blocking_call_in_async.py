"""CI022: a call that blocks the event loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Facts
from ci_lint.problems import BLOCKING_CALL_IN_ASYNC
from ci_lint.rules.base import Example, Finding, Rule, code


def check(facts: Facts) -> Iterator[Finding]:
    """Find calls inside async functions that wait without awaiting."""
    for call in facts.calls:
        if call.signature.blocking and call.context.asynchronous:
            yield Finding(call.node, BLOCKING_CALL_IN_ASYNC.text(call=call.signature.name))


RULE: Final = Rule(
    problem=BLOCKING_CALL_IN_ASYNC,
    default=False,
    what="A call inside an `async def` that waits until the work is done, such as `ci.run(...)`.",
    why="It starts an event loop of its own, which Python refuses inside a running one; and meanwhile nothing else "
    "would run. Await `dag.execute(orch)` instead.",
    fix="",
    invalid=(
        Example(
            code(
                """
            import ci


            async def main(dag: ci.DAG) -> None:
                ci.run(dag)
            """
            )
        ),
        Example(
            code(
                """
            from ci import DAG, run as go


            async def main() -> None:
                print(go(DAG("release")))
            """
            )
        ),
    ),
    valid=(
        (
            code(
                """
            import ci


            async def main(dag: ci.DAG, orch: ci.Orchestrator) -> None:
                execution = await dag.execute(orch)
                await execution.wait_for_completion()
            """
            )
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            if __name__ == "__main__":
                ci.run(dag)
            """
        ),
        code(
            """
            import ci


            async def main(dag: ci.DAG) -> None:
                def work():
                    ci.run(dag)

                work()
            """
        ),
        code(
            """
            import asyncio

            import ci


            async def main(dag: ci.DAG):
                await asyncio.to_thread(ci.run, dag)
            """
        ),
    ),
    check=check,
)
