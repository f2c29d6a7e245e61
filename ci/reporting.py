"""What a script that runs a DAG says of it on stderr: each node that ends, and why nothing moves."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Final

from ci.dag import WorkflowExecution
from ci.workflow.failures import cause_of
from turboci.errors import CIError
from turboci.events import CheckChanged, EventFilter, PlanCompleted, StageChanged
from turboci.nodes import Check, Stage
from turboci.reasons import ReasonKind
from turboci.states import CheckState, Outcome, StageState

PATIENCE: Final = 5.0
"""Seconds without news after which the reasons are asked for."""
LAST_LINES: Final = 1.0
"""Seconds that the last nodes get to be reported, once all has ended."""

ENDED: Final = EventFilter(
    check_states=frozenset({CheckState.FINAL}), stage_states=frozenset({StageState.FINAL}), include_nodes=True
)
NEEDS_SOMEBODY: Final = frozenset(
    {ReasonKind.NO_RUNNER, ReasonKind.EXTERNAL, ReasonKind.UNCLAIMED, ReasonKind.UNASSIGNED, ReasonKind.TARGET_MISSING,
     ReasonKind.CHECK_NOT_LOCKED, ReasonKind.HELD, ReasonKind.NOT_COMMITTED}
)  # fmt: skip
"""What does not come about by itself: work that runs, or will, is no news."""


@asynccontextmanager
async def reported(execution: WorkflowExecution) -> AsyncIterator[None]:
    """Report on an execution until the block ends."""
    report = _Report(execution)
    nodes = asyncio.create_task(report.of_nodes(), name="report")
    waits = asyncio.create_task(report.of_waits(), name="report what waits")
    try:
        yield
    except asyncio.CancelledError:
        nodes.cancel()
        raise
    finally:
        await asyncio.wait((nodes,), timeout=LAST_LINES)
        for task in (nodes, waits):
            task.cancel()
        for error in await asyncio.gather(nodes, waits, return_exceptions=True):
            if isinstance(error, CIError):
                _say(f"the report is not complete: {error}")


class _Report:
    def __init__(self, execution: WorkflowExecution) -> None:
        self._execution = execution
        self._news = 0
        self._waits: set[str] = set()

    async def of_nodes(self) -> None:
        """Say of each node how it ended."""
        async with aclosing(self._execution.events(after_sequence=0, only=ENDED)) as events:
            async for event in events:
                self._news += 1
                if isinstance(event, PlanCompleted):
                    return
                node: Check | Stage | None = None
                if isinstance(event, CheckChanged):
                    node = event.check
                elif isinstance(event, StageChanged):
                    node = event.stage
                if node is not None and _speaks_for_itself(node):
                    _say(_line(node))

    async def of_waits(self) -> None:
        """Say of each node, once, what it waits for, if that will not come by itself."""
        while True:
            known = self._news
            await asyncio.sleep(PATIENCE)
            if self._news != known:
                continue
            for reason in await self._execution.why():
                line = f"{'waiting':<9} {reason.node.id}: {reason}"
                if reason.kind in NEEDS_SOMEBODY and line not in self._waits:
                    self._waits.add(line)
                    _say(line)


def _speaks_for_itself(node: Check | Stage) -> bool:
    """Leave out stages whose checks say the same."""
    return isinstance(node, Check) or not node.assignments


def _line(node: Check | Stage) -> str:
    assert node.outcome is not None
    line = f"{node.outcome.value.lower():<9} {node.id}"
    cause = cause_of(node)
    return f"{line}: {cause}" if cause and node.outcome is not Outcome.SUCCEEDED else line


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
