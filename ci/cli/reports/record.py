"""Everything that is known of one plan, collected for whoever reports on it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ci.cli.reports.history import Tenure, tenures
from ci.cli.reports.logs import read_logs
from ci.cli.view.row import Row
from ci.cli.view.state import PlanView
from ci.cli.view.wording import harmless_lines
from ci.port import Orchestrator
from turboci.errors import PositionExpired
from turboci.events import Event
from turboci.nodes import Check, Nodes, Stage, WorkPlan
from turboci.payloads import JSON
from turboci.reasons import Explanation


@dataclass(frozen=True, slots=True)
class Record:
    """One plan as of one moment.

    Attributes:
        view: Its nodes as people see them, reasons included.
        tenures: Which runner had which attempt from when to when; empty unless collected in depth.
        logs: The lines that attempts printed, by stage and attempt.
        at: The moment.
    """

    plan: WorkPlan
    nodes: Nodes
    explanation: Explanation
    view: PlanView
    at: datetime
    tenures: tuple[Tenure, ...] = ()
    logs: Mapping[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What to call it."""
        return self.plan.name or f"plan {self.plan.id[:8]}"

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        if self.plan.created_at is None:
            return 0.0
        return max(0.0, ((self.plan.finished_at or self.at) - self.plan.created_at).total_seconds())

    def stage(self, row: Row) -> Stage | None:
        """Return the stage of a row, if it has one."""
        ref = row.stage.ref if row.stage is not None else None
        return next((stage for stage in self.nodes.stages if stage.ref == ref), None)

    def output(self, row: Row) -> tuple[str, ...]:
        """Return the lines that the work of a row printed: of its last attempt, or what its result kept."""
        stage = self.stage(row)
        if stage is not None and stage.attempts:
            lines = self.logs.get((stage.id, stage.attempts[-1].idx))
            if lines:
                return lines
            kept = printed(stage.attempts[-1].details)
            if kept:
                return kept
        check = row.check
        found = next((each for each in self.nodes.checks if check is not None and each.ref == check.ref), None)
        return printed(found.data) if found is not None else ()


async def collect(port: Orchestrator, work_plan_id: str, *, in_depth: bool) -> Record:
    """Ask for everything about a plan.

    Args:
        port: Where it is.
        work_plan_id: The plan.
        in_depth: Whether times of attempts and logs are wanted, too, which takes longer.

    Raises:
        NotFound: There is no such plan.
    """
    nodes = await port.query_nodes(work_plan_id)
    now = datetime.now(UTC)
    view = PlanView(work_plan_id)
    view.settle(nodes, now)
    plan = await port.get_work_plan(work_plan_id)
    view.name = plan.name
    explanation = await port.explain(work_plan_id)
    view.explain(explanation)
    events = await history(port, work_plan_id, nodes.sequence) if in_depth else []
    found = tenures(nodes, events, now)
    _date(view, found)
    logs = await read_logs(port, work_plan_id, found) if in_depth else {}
    return Record(plan, nodes, explanation, view, now, found, logs)


async def history(port: Orchestrator, work_plan_id: str, until: int) -> list[Event]:
    """Return the events of a plan up to a position; none if they are not kept any more."""
    found: list[Event] = []
    if not until:
        return found
    try:
        async with aclosing(port.watch(work_plan_id, after_sequence=0)) as events:
            async for event in events:
                found.append(event)
                if event.sequence >= until:
                    break
    except PositionExpired:
        return []
    return found


def _date(view: PlanView, found: tuple[Tenure, ...]) -> None:
    """Let rows have begun when a runner took their first attempt."""
    begun: dict[str, datetime] = {}
    for tenure in found:
        begun.setdefault(tenure.stage_id, tenure.begun_at)
    for row in view.rows:
        if row.stage is not None and row.stage.ref.id in begun:
            row.started_at = begun[row.stage.ref.id]


def printed(data: Mapping[str, JSON]) -> tuple[str, ...]:
    """Return the lines of output, or of a traceback, that a result carries."""
    texts = [text for key in ("output", "traceback") if isinstance(text := data.get(key), str) and text.strip()]
    return tuple(line for text in texts for line in harmless_lines(text.strip("\n")))


def verdict(node: Check | Stage) -> str:
    """Return how a node ended, or how far it is, in one word."""
    return node.outcome.name if node.outcome is not None else node.state.name
