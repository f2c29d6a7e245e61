"""One operation of the orchestrator: what it reads and changes, and what follows from it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from orchestrator.clock import moment
from orchestrator.config import Config
from orchestrator.service.effects import Effect, Publish
from orchestrator.service.pool import RunnerPool
from orchestrator.storage.interface import Session
from orchestrator.storage.tables import events, plans, stages
from orchestrator.storage.tables.edges import CHECK, STAGE
from orchestrator.storage.tables.plans import PlanCounts, PlanRow
from orchestrator.storage.tables.stages import StageRow
from turboci.events import CheckChanged, Event, PlanCompleted, StageChanged
from turboci.states import AttemptState, CheckState, Outcome, StageState


@dataclass(frozen=True, slots=True)
class Finished:
    """A node that became FINAL in this unit of work, and whose dependents have not been told."""

    plan: int
    kind: int
    id: str
    key: int
    old: int
    outcome: Outcome


@dataclass(slots=True)
class Move:
    """How far a node moved in this unit of work, first state to last."""

    old: int | None
    new: int
    outcome: Outcome | None = None
    cause: str | None = None
    attempt: int | None = None
    attempt_state: AttemptState | None = None

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
    touched: bool = False


@dataclass(frozen=True, slots=True)
class Services:
    """What units of work share."""

    pool: RunnerPool
    config: Config
    now_us: Callable[[], int]
    jitter: Callable[[], float]
    """Returns a factor around 1 for backoffs."""
    callback_address: Callable[[], str]
    accepting: Callable[[], bool]
    """Returns whether new work may be claimed; not while the server drains."""


_FINAL: Final = 40
"""The number of FINAL is the same for checks and stages."""


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
        self.freed: Final[set[str]] = set()
        """Runner types that have a slot more than before."""
        self.effects: Final[list[Effect]] = []
        self._plans: Final[dict[int, PlanChange]] = {}

    def adopt(self, row: PlanRow) -> PlanRow:
        """Remember a plan that was read, so that it is not read again."""
        self._plans.setdefault(row.key, PlanChange(row))
        return row

    def plan(self, key: int) -> PlanRow:
        """Return the plan as it was before this unit of work."""
        return self._change(key).row

    def stage_id(self, key: int) -> str:
        """Return the id of a stage."""
        return stages.id_of(self.session, key)

    def created(self, plan: int, kind: int, node_id: str, state: int) -> None:
        """Say that a node was created open."""
        counts = self._change(plan).counts
        if kind == CHECK:
            counts.checks_total += 1
            counts.checks_open += 1
        else:
            counts.stages_total += 1
            counts.stages_open += 1
        self.moved(plan, kind, node_id, None, state)

    def moved(self, plan: int, kind: int, node_id: str, old: int | None, new: int) -> None:
        """Say that a node has another state."""
        moves = self._change(plan).moves
        move = moves.get((kind, node_id))
        if move is None:
            moves[kind, node_id] = Move(old, new)
        else:
            move.new = new

    def attempted(self, plan: int, stage_id: str, old: int, attempt: int, state: AttemptState) -> None:
        """Say that an attempt of a stage was queued, or that a runner took it; the stage is ATTEMPTING."""
        self.moved(plan, STAGE, stage_id, old, StageState.ATTEMPTING)
        move = self._change(plan).moves[STAGE, stage_id]
        move.attempt, move.attempt_state = attempt, state

    def ended(self, node: Finished, cause: str | None) -> None:
        """Say that a node became FINAL."""
        self.moved(node.plan, node.kind, node.id, node.old, _FINAL)
        change = self._change(node.plan)
        move = change.moves[node.kind, node.id]
        move.outcome, move.cause = node.outcome, cause
        move.attempt = move.attempt_state = None
        if node.kind == CHECK:
            change.counts.checks_open -= 1
        else:
            change.counts.stages_open -= 1
        if node.outcome in (Outcome.FAILED, Outcome.CANCELLED):
            change.counts.nodes_failed += 1
        self.finished.append(node)

    def touched(self, plan: int) -> None:
        """Say that something of the plan changed that is no state."""
        self._change(plan).touched = True

    def hold(self, registration_id: str) -> None:
        """Count an attempt at its runner, unless the operation is undone."""
        self.pool.hold(registration_id)
        self.session.on_rollback(lambda: self.pool.release(registration_id))

    def release(self, registration_id: str | None, runner_type: str) -> None:
        """Count an ended attempt at its runner, unless the operation is undone."""
        entry = self.pool.get(registration_id)
        if entry is None:
            return
        self.pool.release(registration_id)
        self.session.on_rollback(lambda: self.pool.hold(entry.row.registration_id))
        self.freed.add(runner_type)

    def flush(self) -> None:
        """Write counters and events of every plan that changed."""
        for key, change in self._plans.items():
            if change.moves or change.touched:
                self._flush_plan(key, change)

    def _flush_plan(self, key: int, change: PlanChange) -> None:
        moves = [(node, move) for node, move in change.moves.items() if move.is_news]
        last, counts = plans.advance(self.session, key, change.counts, len(moves), self.now_us)
        first = last - len(moves) + 1
        at = moment(self.now_us)
        happened: list[Event] = []
        for sequence, ((kind, node_id), move) in enumerate(moves, first):
            if kind == CHECK:
                happened.append(
                    CheckChanged(
                        sequence=sequence,
                        at=at,
                        check_id=node_id,
                        old_state=CheckState(move.old) if move.old else None,
                        new_state=CheckState(move.new),
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
                        old_state=StageState(move.old) if move.old else None,
                        new_state=StageState(move.new),
                        outcome=move.outcome,
                        cause=move.cause,
                        attempt=move.attempt,
                        attempt_state=move.attempt_state,
                    )
                )
        if moves and not counts.checks_open and not counts.stages_open:
            happened.append(
                PlanCompleted(
                    sequence=plans.reserve_sequence(self.session, key),
                    at=at,
                    checks_completed=counts.checks_total,
                    stages_completed=counts.stages_total,
                    has_failures=counts.nodes_failed > 0,
                )
            )
        events.insert(self.session, key, happened)
        if happened:
            self.effects.append(Publish(key, tuple(happened)))

    def _change(self, key: int) -> PlanChange:
        change = self._plans.get(key)
        if change is None:
            change = self._plans[key] = PlanChange(plans.by_key(self.session, key))
        return change
