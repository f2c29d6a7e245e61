"""CI022: a call that blocks the event loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Facts
from ci_lint.problems import BLOCKING_CALL_IN_ASYNC
from ci_lint.rules.base import Example, Finding, Rule


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
        Example("import ci\n\n\nasync def main(dag: ci.DAG) -> None:\n    ci.run(dag)\n"),
        Example('from ci import DAG, run as go\n\n\nasync def main() -> None:\n    print(go(DAG("release")))\n'),
    ),
    valid=(
        (
            "import ci\n\n\nasync def main(dag: ci.DAG, orch: ci.Orchestrator) -> None:\n"
            "    execution = await dag.execute(orch)\n    await execution.wait_for_completion()\n"
        ),
        'import ci\n\ndag = ci.DAG("release")\nif __name__ == "__main__":\n    ci.run(dag)\n',
        "import ci\n\n\nasync def main(dag: ci.DAG) -> None:\n    def work():\n        ci.run(dag)\n\n    work()\n",
        "import asyncio\n\nimport ci\n\n\nasync def main(dag: ci.DAG):\n    await asyncio.to_thread(ci.run, dag)\n",
    ),
    check=check,
)
