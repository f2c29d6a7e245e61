"""One operation of the orchestrator: what it reads and changes, and what follows from it."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from orchestrator.clock import moment
from orchestrator.config import Config
from orchestrator.service.effects import Effect, Publish, WakeAt
from orchestrator.service.pool import MOST_OFFERED, RunnerPool
from orchestrator.service.reported import Reported
from orchestrator.service.retained import Retained
from orchestrator.service.statuses import FINISHED, status_of
from orchestrator.storage.interface import Session
from orchestrator.storage.tables import events, plans
from orchestrator.storage.tables.edges import CHECK, KINDS, STAGE
from orchestrator.storage.tables.plans import PlanCounts, PlanRow
from orchestrator.storage.tables.stages import StageRow
from turboci.events import Change, CheckChanged, PlanCompleted, ProgressReported, StageChanged
from turboci.nodes import ProgressEntry
from turboci.states import AttemptState, CheckState, Outcome, PlanStatus, StageState

LARGEST_WHOLE: Final = 1_000
"""Nodes of a plan in which one unit of work does all that follows, whatever it is."""
STEP: Final = 100
"""How many nodes of a larger plan one unit of work ends, or tells of an end, before others get their turn.

A hundred take about 12 ms; who writes meanwhile may wait for two such steps (python -m benchmarks.cancellation).
"""


class Finished(NamedTuple):
    """A node that became FINAL, and whose dependents have not all been told.

    Attributes:
        spared: It is a stage that cancelling the plan leaves alone.
        parent: Key of the stage that spawned it, if it is a stage that was spawned.
        told_kind: How far telling them has come: what `cascades` says of its column.
        told: The key of the last one told.
    """

    plan: int
    kind: int
    id: str
    key: int
    old: int
    outcome: Outcome
    spared: bool = False
    parent: int | None = None
    told_kind: int = CHECK
    told: int = 0


class Since(enum.Enum):
    """What has happened to a node since it was created."""

    NOTHING = "nothing"
    QUEUED = "the first attempt of a stage was queued"
    MORE = "more than that"


@dataclass(slots=True)
class Move:
    """How far a node moved in this unit of work, first state to last."""

    old: int | None
    new: int
    outcome: Outcome | None = None
    cause: str | None = None
    attempt: int | None = None
    attempt_state: AttemptState | None = None
    moved: bool = False
    """Whether it has moved again."""

    @property
    def since_creation(self) -> Since:
        """What has happened to the node, which was created in this unit of work."""
        if not self.moved:
            return Since.NOTHING
        queued = self.new == StageState.ATTEMPTING and self.attempt_state is AttemptState.PENDING
        return Since.QUEUED if queued and self.attempt == 1 else Since.MORE

    @property
    def is_news(self) -> bool:
        """Whether anything is different from before."""
        return self.old != self.new or self.attempt is not None


@dataclass(slots=True)
class PlanChange:
    """What this unit of work changes in one plan."""

    row: PlanRow
    counts: PlanCounts = field(default_factory=PlanCounts)
    moves: dict[tuple[int, str], Move] = field(default_factory=dict)
    progress: list[ProgressReported] = field(default_factory=list)
    touched: bool = False
    released: bool = False


@dataclass(frozen=True, slots=True)
class Services:
    """What units of work share."""

    pool: RunnerPool
    config: Config
    now_us: Callable[[], int]
    jitter: Callable[[], float]
    """Returns a factor around 1 for backoffs."""
    callback_address: Callable[[], str]
    retained: Retained
    accepting: Callable[[], bool]
    """Returns whether new work may be claimed; not while the server drains."""

    def silent_since_us(self, now_us: int) -> int:
        """Return since when nobody must have written to a plan that counts as stalled."""
        return now_us - int(self.config.stall_after * 1_000_000)


_FINAL: Final = 40
"""The number of FINAL is the same for checks and stages."""
_CHECK_STATES: Final[Mapping[int | None, CheckState]] = {int(state): state for state in CheckState}
_STAGE_STATES: Final[Mapping[int | None, StageState]] = {int(state): state for state in StageState}
"""States by number: two events for each stage are enough to feel what calling an enum costs."""


class UnitOfWork:
    """Carries one operation through its transaction.

    Business rules read and write the tables through `session`, say what moved through `moved`, and leave what follows
    in `finished`, `ready`, `freed` and `effects`.
    """

    def __init__(self, session: Session, services: Services) -> None:
        self.session: Final = session
        self.services: Final = services
        self.pool: Final = services.pool
        self.now_us: Final = services.now_us()
        self.finished: Final[deque[Finished]] = deque()
        self.ready: Final[list[StageRow]] = []
        self.written_checks: Final[dict[int, tuple[int, str]]] = {}
        """Checks, by key, whose state or dependencies a writer changed: plan and id."""
        self.written_stages: Final[dict[int, None]] = {}
        """Keys of stages that a writer changed."""
        self.rewired: Final[set[tuple[int, str]]] = set()
        """Nodes, by kind and id, that wait for something that they did not wait for before."""
        self.spared_checks: Final[set[str]] = set()
        """Ids of checks that are not born cancelled though their plan is."""
        self.freed: Final[set[str]] = set()
        """Runner types that have a slot more than before."""
        self.effects: Final[list[Effect]] = []
        self.closing: Final[dict[int, None]] = {}
        """Keys of cancelled plans whose open nodes are to be cancelled."""
        self.continued: Final[dict[int, None]] = {}
        """Keys of plans in which more follows than was done."""
        self.steps = 0
        """How many nodes of large plans were ended, or told of an end, so far."""
        self.reported: Final = Reported(session)
        self._plans: Final[dict[int, PlanChange]] = {}
        self._wake_us: int | None = None

    @property
    def may_go_on(self) -> bool:
        """Whether more can be done without keeping the writer from others for long."""
        return self.steps < STEP

    @property
    def room(self) -> int:
        """How many nodes of large plans may still be ended, or told of an end; at least one."""
        return max(STEP - self.steps, 1)

    def adopt(self, row: PlanRow) -> PlanRow:
        """Remember a plan that was read, so that it is not read again."""
        self._plans.setdefault(row.key, PlanChange(row))
        return row

    def plan(self, key: int) -> PlanRow:
        """Return the plan as it was before this unit of work."""
        return self._change(key).row

    @property
    def cancelled_plans(self) -> list[PlanRow]:
        """The plans that are cancelled, among those that were looked at."""
        return [change.row for change in self._plans.values() if change.row.cancelled_us is not None]

    def is_large(self, plan: int) -> bool:
        """Return whether what happens in a plan may concern too many nodes for one unit of work."""
        row = self.plan(plan)
        return row.checks_total + row.stages_total > LARGEST_WHOLE

    def has_checks(self, plan: int) -> bool:
        """Return whether a plan has any check that a stage could answer."""
        change = self._change(plan)
        return change.row.checks_total + change.counts.checks_total > 0

    def cancel(self, plan: PlanRow, cause: str, *, failed_fast: bool = False) -> None:
        """Decide that everything open in a plan ends; from here on nothing of it starts, except what is spared."""
        if not plans.cancel(self.session, plan.key, cause, self.now_us, failed_fast=failed_fast):
            return
        plan.cancelled_us, plan.cancel_reason, plan.failed_fast = self.now_us, cause, int(failed_fast)
        plan.closing, plan.closing_after = STAGE, 0
        self.ready[:] = [stage for stage in self.ready if stage.plan != plan.key]
        self.closing[plan.key] = None
        self.touched(plan.key)
        if plan.held and (plan.checks_total or plan.stages_total):
            self.released(plan.key)
        plan.held = 0

    def stage_id(self, key: int) -> str:
        """Return the id of a stage."""
        return self.reported.stage(key).id

    def created(self, plan: int, kind: int, node_id: str, state: int) -> None:
        """Say that a node was created open."""
        change = self._change(plan)
        counts = change.counts
        if kind == CHECK:
            counts.checks_total += 1
            counts.checks_open += 1
        else:
            counts.stages_total += 1
            counts.stages_open += 1
        change.moves[kind, node_id] = Move(None, state)

    def moved(self, plan: int, kind: int, node_id: str, old: int | None, new: int) -> Move:
        """Say that a node has another state; return how far it has come."""
        moves = self._change(plan).moves
        node = (kind, node_id)
        move = moves.get(node)
        if move is None:
            move = moves[node] = Move(old, new)
        else:
            move.new, move.moved = new, True
        return move

    def since_creation(self, plan: int, kind: int, node_id: str) -> Since:
        """Return what has happened to a node since it was created in this unit of work."""
        move = self._change(plan).moves.get((kind, node_id))
        return Since.MORE if move is None or move.old is not None else move.since_creation

    def attempted(self, plan: int, stage_id: str, old: int, attempt: int, state: AttemptState) -> None:
        """Say that an attempt of a stage was queued, or that a runner took it; the stage is ATTEMPTING."""
        move = self.moved(plan, STAGE, stage_id, old, StageState.ATTEMPTING)
        move.attempt, move.attempt_state = attempt, state

    def ended(self, node: Finished, cause: str | None) -> None:
        """Say that a node became FINAL."""
        move = self.moved(node.plan, node.kind, node.id, node.old, _FINAL)
        change = self._change(node.plan)
        move.outcome, move.cause = node.outcome, cause
        move.attempt = move.attempt_state = None
        if node.kind == CHECK:
            change.counts.checks_open -= 1
        else:
            change.counts.stages_open -= 1
        if node.outcome in (Outcome.FAILED, Outcome.CANCELLED):
            change.counts.nodes_failed += 1
        self.finished.append(node)
        if node.outcome is Outcome.FAILED and change.row.fail_fast and change.row.cancelled_us is None:
            failed = f"{KINDS[node.kind].value} {node.id!r} is FAILED"
            self.cancel(change.row, f"the plan was cancelled: {failed}, and it is to fail fast", failed_fast=True)

    def progressed(self, plan: int, stage_id: str, attempt: int, entry: ProgressEntry) -> None:
        """Say that an attempt has reported progress."""
        change = self._change(plan)
        change.touched = True
        change.progress.append(
            ProgressReported(
                sequence=change.row.event_sequence,
                at=moment(self.now_us),
                stage_id=stage_id,
                attempt=attempt,
                progress=entry,
            )
        )

    def touched(self, plan: int) -> None:
        """Say that something of the plan changed that is no state."""
        self._change(plan).touched = True

    def released(self, plan: int) -> None:
        """Say that a plan is held no longer: it may be complete already."""
        change = self._change(plan)
        change.touched = change.released = True

    def hold(self, registration_id: str, state: AttemptState) -> None:
        """Count an attempt at its runner, unless the operation is undone."""
        offered = int(state is AttemptState.SCHEDULED)
        self.pool.hold(registration_id, offered=offered)
        self.session.on_rollback(lambda: self.pool.release(registration_id, offered=offered))

    def taken_on(self, registration_id: str | None, runner_type: str) -> None:
        """Count an attempt that its runner has accepted, unless the operation is undone."""
        entry = self.pool.get(registration_id)
        if entry is None:
            return
        if entry.offered >= MOST_OFFERED or entry.rests_until_us > self.now_us:
            self.freed.add(runner_type)
        entry.offered -= 1
        self.session.on_rollback(lambda: setattr(entry, "offered", entry.offered + 1))

    def release(self, registration_id: str | None, runner_type: str, state: int) -> None:
        """Count an attempt at its runner that has ended in this state, unless the operation is undone."""
        entry = self.pool.get(registration_id)
        if entry is None:
            return
        offered = int(state == AttemptState.SCHEDULED)
        self.pool.release(registration_id, offered=offered)
        self.session.on_rollback(lambda: self.pool.hold(entry.row.registration_id, offered=offered))
        self.freed.add(runner_type)

    def wake_at(self, at_us: int) -> None:
        """Have the clock look at what is due at this time."""
        if self._wake_us is None or at_us < self._wake_us:
            self._wake_us = at_us

    def flush(self) -> None:
        """Write counters and events of every plan that changed."""
        for key, change in self._plans.items():
            if change.moves or change.touched:
                self._flush_plan(key, change)
        if self._wake_us is not None:
            self.effects.append(WakeAt(self._wake_us))

    def _flush_plan(self, key: int, change: PlanChange) -> None:
        moves = [(node, move) for node, move in change.moves.items() if move.is_news]
        after = plans.advance(self.session, key, change.counts, len(moves), self.now_us)
        status = status_of(after)
        first = after.sequence - len(moves) + 1
        at = moment(self.now_us)
        happened: list[Change] = []
        for sequence, ((kind, node_id), move) in enumerate(moves, first):
            if kind == CHECK:
                happened.append(
                    CheckChanged(
                        sequence=sequence,
                        at=at,
                        check_id=node_id,
                        old_state=_CHECK_STATES.get(move.old),
                        new_state=_CHECK_STATES[move.new],
                        outcome=move.outcome,
                        cause=move.cause,
                    )
                )
            else:
                happened.append(
                    StageChanged(
                        sequence=sequence,
                        at=at,
                        stage_id=node_id,
                        old_state=_STAGE_STATES.get(move.old),
                        new_state=_STAGE_STATES[move.new],
                        outcome=move.outcome,
                        cause=move.cause,
                        attempt=move.attempt,
                        attempt_state=move.attempt_state,
                    )
                )
        completed = status in FINISHED and bool(moves or change.released)
        if completed:
            counts = after.counts
            happened.append(
                PlanCompleted(
                    sequence=plans.reserve_sequence(self.session, key),
                    at=at,
                    checks_completed=counts.checks_total,
                    stages_completed=counts.stages_total,
                    has_failures=counts.nodes_failed > 0,
                )
            )
        events.insert(self.session, key, happened, self.now_us)
        # What was reported comes before the end of its attempt, lest nobody listens any more.
        if happened or change.progress:
            self.effects.append(Publish(key, (*change.progress, *happened)))
        if completed or status.value != after.status:
            self._sum_up(key, status)

    def _sum_up(self, key: int, status: PlanStatus) -> None:
        """Store another status, and have the clock look at the plan when it need not be kept any longer."""
        finished = status in FINISHED
        plans.sum_up(self.session, key, status.value, self.now_us if finished else None)
        look_us = self.services.retained.finished(self.now_us) if finished else None
        if look_us is not None:
            self.wake_at(look_us)

    def _change(self, key: int) -> PlanChange:
        change = self._plans.get(key)
        if change is None:
            change = self._plans[key] = PlanChange(plans.by_key(self.session, key))
        return change
