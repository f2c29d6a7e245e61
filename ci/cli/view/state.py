"""The state of the view: what is known of a plan, brought up to date by events and answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from ci.cli.view.phases import Phase
from ci.cli.view.row import Row, Seen, label_of
from turboci.dependencies import NodeKind, NodeRef
from turboci.events import CheckChanged, Event, ProgressReported, StageChanged
from turboci.nodes import Check, Nodes, Stage
from turboci.reasons import Explanation
from turboci.states import AttemptState


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
        self.structure: int = 0
        self.widest_label: int = 0
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
        """Take in what happened; return the row that it is about, if its phase or attempt is another one now."""
        ref = _subject(event)
        row = self._rows.get(ref) if ref is not None else None
        if row is None or ref is None or not isinstance(event, (CheckChanged, StageChanged)):
            return None
        seen = _seen(row, ref)
        if seen.sequence >= event.sequence:
            return None
        seen.sequence = event.sequence
        before = row.phase, row.attempt
        if isinstance(event, StageChanged) and event.attempt is not None:
            _attempt(row, event.attempt, taken=event.attempt_state is not AttemptState.PENDING)
        seen.state, seen.outcome, seen.cause = event.new_state, event.outcome, event.cause
        return row if _enter(row, before, event.at) else None

    def settle(self, nodes: Nodes, now: datetime) -> list[Row]:
        """Take in a whole snapshot, states included; return the rows whose phase or attempt is another one now."""
        self.learn(nodes)
        changed: list[Row] = []
        every: tuple[Check | Stage, ...] = (*nodes.checks, *nodes.stages)
        for node in every:
            row = self._rows[node.ref]
            seen = _seen(row, node.ref)
            if seen.sequence > nodes.sequence:
                continue
            seen.sequence = nodes.sequence
            before = row.phase, row.attempt
            if isinstance(node, Stage) and node.attempts:
                newest = node.attempts[-1]
                _attempt(row, newest.idx, taken=bool(newest.process_uid))
                if row.taken and row.started_at is None:
                    row.started_at = node.attempts[0].created_at  # nearest; when it was taken is not told
            seen.state, seen.outcome, seen.cause = node.state, node.outcome, node.cause
            if _enter(row, before, node.updated_at or now):
                changed.append(row)
        return changed

    def progress(self, stages: Iterable[Stage]) -> None:
        """Take in how far work has come of which nothing is heard here."""
        for stage in stages:
            row = self._rows.get(stage.ref)
            if row is not None and stage.attempts and stage.attempts[-1].idx == row.attempt and not row.heard:
                for entry in stage.attempts[-1].progress[-1:]:
                    row.percent = entry.percent
                    row.hear(entry.message)

    def report(self, event: ProgressReported) -> None:
        """Take in what an attempt reports, unless it is heard here."""
        row = self._rows.get(NodeRef(NodeKind.STAGE, event.stage_id))
        if row is None or event.attempt != row.attempt:
            return
        if event.progress.percent is not None:
            row.percent = event.progress.percent
        if not row.heard:
            row.hear(event.progress.log or event.progress.message)

    def hear(self, stage_id: str, line: str) -> None:
        """Take in what a stage printed in this process; its last line shows while it runs."""
        row = self._rows.get(NodeRef(NodeKind.STAGE, stage_id))
        # The first line may be here before the event that says that the stage runs.
        if row is not None and row.phase in {Phase.QUEUED, Phase.RUNNING} and line.strip():
            row.heard = True
            row.hear(line)

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

    def _new_row(self, ref: NodeRef) -> Row:
        row = Row(label_of(ref))
        self.rows.append(row)
        return row


def _attempt(row: Row, number: int, *, taken: bool) -> None:
    if number != row.attempt:
        row.begin_again()
    row.attempt, row.taken = number, taken


def _enter(row: Row, before: tuple[Phase, int], at: datetime) -> bool:
    """Note the times of a row that was in that phase of that attempt; return whether it is in another one now."""
    after = row.phase
    row.since = row.since or at
    if (after, row.attempt) == before:
        return False
    if after is not Phase.QUEUED and row.taken and row.started_at is None:
        row.started_at = at
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
