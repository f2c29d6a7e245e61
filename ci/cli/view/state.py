"""The state of the view: what is known of a plan, brought up to date by events and answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from ci.cli.view.phases import Phase
from ci.cli.view.row import Row, Seen, label_of
from turboci.dependencies import NodeKind, NodeRef
from turboci.events import CheckChanged, Event, StageChanged
from turboci.nodes import Check, Nodes, Stage
from turboci.reasons import Explanation
from turboci.states import AttemptState, CheckState, Outcome, StageState


class PlanView:
    """A plan as people see it.

    Events say what moved; `learn` says how the nodes hang together, and joins a check with the stage of the same id
    that answers it into one row. Rows stand in order of creation.

    Attributes:
        widest_label: How long the longest label of a row is.
        structure: Rises whenever rows or edges were added, so that a layout can be kept until then.
    """

    def __init__(self, work_plan_id: str, name: str = "") -> None:
        self.work_plan_id = work_plan_id
        self.name = name
        self.rows: list[Row] = []
        self.structure = 0
        self.widest_label = 0
        self._rows: dict[NodeRef, Row] = {}
        self._answering: dict[str, list[NodeRef]] = {}

    def row(self, ref: NodeRef) -> Row | None:
        """Return the row that stands for a node, if the view knows it."""
        return self._rows.get(ref)

    def knows(self, event: Event) -> bool:
        """Return whether the event is about a node whose edges are known, or about none."""
        ref = _subject(event)
        return ref is None or ref in self._rows

    @property
    def ended(self) -> bool:
        """Whether there are rows, and nothing can happen to any of them."""
        return bool(self.rows) and all(row.phase.ended for row in self.rows)

    def counts(self) -> Counter[Phase]:
        """Return how many rows are in each phase."""
        return Counter(row.phase for row in self.rows)

    def learn(self, nodes: Nodes) -> None:
        """Take in nodes and edges; leave the states to the events."""
        for check in nodes.checks:
            self._learn_check(check)
        for stage in nodes.stages:
            self._learn_stage(stage)
        self.structure += 1
        self.widest_label = max((len(row.label) for row in self.rows), default=0)

    def apply(self, event: Event) -> Row | None:
        """Take in what happened; return the row that it is about, if its phase is another one now."""
        ref = _subject(event)
        row = self._rows.get(ref) if ref is not None else None
        if row is None or ref is None or not isinstance(event, (CheckChanged, StageChanged)):
            return None
        seen = _seen(row, ref)
        if seen.sequence >= event.sequence:
            return None
        seen.sequence = event.sequence
        return self._move(row, seen, event.new_state, outcome=event.outcome, cause=event.cause, at=event.at)

    def settle(self, nodes: Nodes, now: datetime) -> list[Row]:
        """Take in a whole snapshot, states included; return the rows whose phase is another one now."""
        self.learn(nodes)
        changed: list[Row] = []
        every: tuple[Check | Stage, ...] = (*nodes.checks, *nodes.stages)
        for node in every:
            row = self._rows[node.ref]
            seen = _seen(row, node.ref)
            if seen.sequence < nodes.sequence and seen.state is not node.state:
                at = node.updated_at or now
                if self._move(row, seen, node.state, outcome=node.outcome, cause=node.cause, at=at) is not None:
                    changed.append(row)
                seen.sequence = nodes.sequence
        return changed

    def see_attempts(self, stages: Iterable[Stage], now: datetime) -> list[Row]:
        """Take in which attempts a runner has; return the rows whose phase is another one now."""
        changed: list[Row] = []
        for stage in stages:
            row = self._rows.get(stage.ref)
            if row is None or not stage.attempts or row.phase.ended:
                continue
            attempt = stage.attempts[-1]
            if attempt.state.ended:
                continue
            before = row.phase
            row.attempt = attempt.idx
            if attempt.progress:
                row.percent = attempt.progress[-1].percent
                row.output = attempt.progress[-1].message or row.output
            row.taken = attempt.state is AttemptState.RUNNING
            if self._enter(row, before, attempt.updated_at or now):
                changed.append(row)
        return changed

    def start(self, stage_id: str, attempt: int, at: datetime) -> Row | None:
        """Take in that a runner began an attempt; return the row if its phase is another one now."""
        row = self._rows.get(NodeRef(NodeKind.STAGE, stage_id))
        if row is None or row.phase.ended:
            return None
        before = row.phase
        row.attempt = attempt
        row.taken = True
        return row if self._enter(row, before, at) else None

    def hear(self, stage_id: str, line: str) -> None:
        """Take in what a running stage printed; only the last line of it is shown."""
        row = self._rows.get(NodeRef(NodeKind.STAGE, stage_id))
        if row is not None and row.phase is Phase.RUNNING and line.strip():
            row.output = line

    def explain(self, explanation: Explanation) -> None:
        """Take in why nodes wait; a row shows the first reason of its stage, or else of its check."""
        for row in self.rows:
            row.reason = None
        for reason in sorted(explanation.reasons, key=lambda reason: reason.node.kind is NodeKind.CHECK):
            waiting = self._rows.get(reason.node)
            if waiting is not None and waiting.reason is None:
                waiting.reason = reason

    def parents(self, row: Row) -> list[Row]:
        """Return the rows that this one comes after: what it waits for, or the stage that added it."""
        refs = [target for seen in (row.stage, row.check) if seen is not None for target in seen.targets]
        for check_id in row.answers:
            answered = self._rows.get(NodeRef(NodeKind.CHECK, check_id))
            if answered is not None and answered is not row and answered.check is not None:
                refs.extend(answered.check.targets)
        if row.check is not None:
            refs.extend(self._answering.get(row.check.ref.id, ()))
        if row.parent is not None:
            refs.append(row.parent)
        found = {id(other): other for other in map(self._rows.get, refs) if other is not None and other is not row}
        return list(found.values())

    def _learn_check(self, check: Check) -> None:
        row = self._rows.get(check.ref)
        if row is None:
            step = self._rows.get(NodeRef(NodeKind.STAGE, check.id))
            row = step if step is not None and check.id in step.answers else self._new_row(check.ref)
            row.check = Seen(check.ref)
            self._rows[check.ref] = row
        assert row.check is not None
        row.check.targets = tuple(edge.target for edge in check.dependencies.dependencies)

    def _learn_stage(self, stage: Stage) -> None:
        answers = tuple(assignment.target_check_id for assignment in stage.assignments)
        row = self._rows.get(stage.ref)
        if row is None:
            lone = self._rows.get(NodeRef(NodeKind.CHECK, stage.id)) if stage.id in answers else None
            row = lone if lone is not None else self._new_row(stage.ref)
            row.label = stage.id
            row.stage = Seen(stage.ref)
            self._rows[stage.ref] = row
        assert row.stage is not None
        row.stage.targets = tuple(edge.target for edge in stage.dependencies.dependencies)
        row.parent = NodeRef(NodeKind.STAGE, stage.parent_stage_id) if stage.parent_stage_id else None
        for check_id in set(answers).difference(row.answers):
            self._answering.setdefault(check_id, []).append(stage.ref)
        row.answers = answers
        row.runner_type = stage.runner_type

    def _new_row(self, ref: NodeRef) -> Row:
        row = Row(label_of(ref))
        self.rows.append(row)
        return row

    def _move(
        self,
        row: Row,
        seen: Seen,
        state: CheckState | StageState,
        *,
        outcome: Outcome | None,
        cause: str | None,
        at: datetime,
    ) -> Row | None:
        before = row.phase
        seen.state, seen.outcome, seen.cause = state, outcome, cause
        return row if self._enter(row, before, at) else None

    @staticmethod
    def _enter(row: Row, before: Phase, at: datetime) -> bool:
        after = row.phase
        if row.since is None:
            row.since = at
        if after is before:
            return False
        if after is Phase.QUEUED and row.attempt == 1:
            row.started_at = None
        if row.started_at is None and after is not Phase.QUEUED:
            if row.taken:
                row.started_at = at
            elif before is Phase.QUEUED and after not in {Phase.SKIPPED, Phase.CANCELLED}:
                row.started_at = row.since  # a quick one: nobody saw when a runner took it
        if after.ended:
            row.ended_at = at
        row.since = at
        row.reason = None
        return True


def _subject(event: Event) -> NodeRef | None:
    if isinstance(event, CheckChanged):
        return NodeRef(NodeKind.CHECK, event.check_id)
    if isinstance(event, StageChanged):
        return NodeRef(NodeKind.STAGE, event.stage_id)
    return None


def _seen(row: Row, ref: NodeRef) -> Seen:
    seen = row.check if ref.kind is NodeKind.CHECK else row.stage
    assert seen is not None
    return seen
