"""The nodes that a call creates: known in memory at once, added to the tables together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from orchestrator.service import progression
from orchestrator.service.unit_of_work import Since, UnitOfWork
from orchestrator.service.writes.known import Known, Name
from orchestrator.storage.interface import Row
from orchestrator.storage.tables import assignments, checks, edges, stages
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.edges import CHECK, STAGE, GroupCounts, Target
from orchestrator.storage.tables.plans import PlanRow
from orchestrator.storage.tables.stages import StageRow
from turboci.dependencies import DependencyGroup, Resolution
from turboci.nodes import Assignment
from turboci.payloads import JSON
from turboci.states import CheckState, ExecutionMode, StageState
from turboci.wire import structs
from turboci.writes import CheckWrite, StageWrite

NO_GROUP: Final = DependencyGroup()
_MANY: Final = 1_000
"""Nodes that are added together."""
_MICRO: Final = 1_000_000


@dataclass(slots=True)
class NewCheck:
    """A check that the call creates.

    Attributes:
        row: It, as created.
        group: What it waits for.
        untouched: Nobody has changed it since, as far as the call says.
    """

    row: CheckRow
    group: DependencyGroup
    untouched: bool = True


@dataclass(slots=True)
class NewStage:
    """A stage that the call creates.

    Attributes:
        row: It, as created.
        group: What it waits for.
        assignments: What it answers.
        parent: Id of the stage that spawned it.
        untouched: Nobody has changed it since, as far as the call says.
        queued: Its first attempt waits for a runner.
    """

    row: StageRow
    group: DependencyGroup
    assignments: tuple[Assignment, ...]
    parent: str | None
    untouched: bool = True
    queued: bool = False


class _Group(NamedTuple):
    """A dependency group, prepared for all nodes that share it."""

    group: DependencyGroup
    targets: list[Target]
    counts: GroupCounts


_NOTHING: Final = _Group(NO_GROUP, [], edges.count(NO_GROUP, ()))


class Creation:
    """Creates nodes of one plan.

    What is known of a new node need not be read back: most of them wait for something and that is that, others are
    ready, and only what is left is looked at again when the unit of work settles.

    Attributes:
        uow: The unit of work.
        plan: The plan.
        known: What it held before.
        checks: The new ones by id, in order.
        stages: The new ones by id, in order.
    """

    def __init__(self, uow: UnitOfWork, plan: PlanRow, known: Known) -> None:
        self.uow: Final = uow
        self.plan: Final = plan
        self.known: Final = known
        self.checks: Final[dict[str, NewCheck]] = {}
        self.stages: Final[dict[str, NewStage]] = {}
        self._next_check = checks.next_key(uow.session)
        self._next_stage = stages.next_key(uow.session)
        self._pending_checks: Final[list[CheckRow]] = []
        self._pending_stages: Final[list[StageRow]] = []
        self._pending_edges: Final[list[Row]] = []
        self._pending_assignments: Final[list[Row]] = []
        self._children: Final[Counter[int]] = Counter()
        self._ready: Final[list[NewStage]] = []
        self._groups: Final[dict[int, _Group]] = {}
        self._groups_as_of = 0
        self._waits_for_old = False
        self._has_old_parent = False
        self._answers_old = False
        """Whether a new stage is assigned to an old check: each waits for the other."""
        self._parents: Final[dict[str, StageRow | None]] = {}
        self._awaited: Final[set[Name]] = set(known.awaited)

    @property
    def is_detached(self) -> bool:
        """Whether no way leads from what is new to what the plan held before, and back, or the other way round."""
        if self.known.answered or self._answers_old:
            return False
        return not self._waits_for_old or not (self.known.awaited or self._has_old_parent)

    def has_untouched(self, kind: int, node_id: str) -> bool:
        """Return whether the call has created a node, and not changed it since."""
        new = self.checks.get(node_id) if kind == CHECK else self.stages.get(node_id)
        return new is not None and new.untouched

    def check(self, write: CheckWrite) -> CheckRow:
        """Create a check that does not exist; return it."""
        group = self._group(write.dependencies)
        row = self._check_row(write, group.counts)
        self._next_check += 1
        self._pending_checks.append(row)
        self._wait(CHECK, row.key, group)
        self.checks[row.id] = NewCheck(row, group.group)
        self.uow.created(row.plan, CHECK, row.id, row.state)
        if self._has_to_be_looked_at(row):
            self.uow.written_checks[row.key] = (row.plan, row.id)
        waits, awaited, answered = bool(group.group), (CHECK, row.id) in self._awaited, row.id in self.known.answered
        # Without dependencies it still waits for the stages that are to answer it.
        if (awaited or waits) and (answered or (awaited and waits)):
            self.uow.rewired.add((CHECK, row.id))
        self._insert_if_many()
        return row

    def stage(self, write: StageWrite, parent: StageRow | None) -> StageRow:
        """Create a stage that does not exist; return it."""
        group = self._group(write.dependencies)
        assigned = distinct(write.assignments)
        gates = self._gates(assigned)
        row = self._stage_row(write, group.counts, parent, gates or 0)
        self._next_stage += 1
        self._pending_stages.append(row)
        self._wait(STAGE, row.key, group)
        if assigned:
            self._pending_assignments.extend(assignments.rows_of(row.plan, row.key, assigned))
        new = self.stages[row.id] = NewStage(row, group.group, assigned, parent.id if parent else None)
        self.uow.created(row.plan, STAGE, row.id, row.state)
        if parent is not None:
            self._children[parent.key] += 1
            self._has_old_parent = self._has_old_parent or parent.id not in self.stages
        resolution = group.counts.resolution
        if gates is None or resolution is Resolution.UNSATISFIABLE:
            self.uow.written_stages[row.key] = None
        elif resolution is Resolution.SATISFIED and not gates:
            self._ready.append(new)
        if assigned or (group.group and (parent is not None or (STAGE, row.id) in self._awaited)):
            self.uow.rewired.add((STAGE, row.id))
        self._insert_if_many()
        return row

    def revise(self, kind: int, node_id: str) -> None:
        """Prepare for a node to be changed that the call may have created: it is in the tables, and looked at again."""
        self.insert()
        self._parents.clear()
        new = self.checks.get(node_id) if kind == CHECK else self.stages.get(node_id)
        if new is None or not new.untouched:
            return
        new.untouched = False
        if isinstance(new, NewCheck):
            self.uow.written_checks[new.row.key] = (new.row.plan, new.row.id)
        else:
            self.uow.written_stages[new.row.key] = None

    def parent(self, stage_id: str) -> StageRow | None:
        """Return a stage that is to have children; all of a call may have the same one."""
        new = self.stages.get(stage_id)
        if new is not None and new.untouched:
            return new.row
        if stage_id not in self._parents:
            self.insert()
            self._parents[stage_id] = stages.by_id(self.uow.session, self.plan.key, stage_id)
        return self._parents[stage_id]

    def insert(self) -> None:
        """Add to the tables what is not there yet."""
        session = self.uow.session
        if self._pending_checks:
            checks.insert(session, self._pending_checks)
            self._pending_checks.clear()
        if self._pending_stages:
            stages.insert(session, self._pending_stages)
            self._pending_stages.clear()
        if self._pending_edges:
            edges.insert(session, self._pending_edges)
            self._pending_edges.clear()
        if self._pending_assignments:
            assignments.insert(session, self._pending_assignments)
            self._pending_assignments.clear()
        if self._children:
            stages.children_added(session, self._children)
            self._children.clear()

    def settled(self) -> None:
        """Forget the nodes to which more has happened than is known here, once everything has settled."""
        since, plan = self.uow.since_creation, self.plan.key
        for check_id, check in [*self.checks.items()]:
            if not check.untouched or since(plan, CHECK, check_id) is not Since.NOTHING:
                del self.checks[check_id]
        for stage_id, stage in [*self.stages.items()]:
            happened = since(plan, STAGE, stage_id) if stage.untouched else Since.MORE
            if happened is Since.MORE:
                del self.stages[stage_id]
            elif happened is Since.QUEUED:
                stage.queued = True
                stage.row.state, stage.row.attempts, stage.row.version = StageState.ATTEMPTING, 1, 2

    def start(self) -> None:
        """Start the stages that wait for nothing."""
        for new in self._ready:
            if new.untouched:
                progression.decide_stage(self.uow, new.row)

    def _insert_if_many(self) -> None:
        if len(self._pending_checks) + len(self._pending_stages) >= _MANY:
            self.insert()

    def _group(self, group: DependencyGroup | None) -> _Group:
        if not group:
            return _NOTHING
        if self._groups_as_of != self.known.ended or len(self._groups) > _MANY:
            self._groups.clear()
            self._groups_as_of = self.known.ended
        prepared = self._groups.get(id(group))
        if prepared is None:
            states = self.known.states_of(group)
            prepared = _Group(group, edges.targets_of(group, states), edges.count(group, states))
            self._groups[id(group)] = prepared
            names = edges.names_of(group)
            self._awaited.update(names)
            self._waits_for_old = self._waits_for_old or not self.known.names.isdisjoint(names)
        return prepared

    def _wait(self, kind: int, source: int, group: _Group) -> None:
        if group.targets:
            self._pending_edges.extend(edges.rows_of(self.plan.key, kind, source, group.targets))

    def _check_row(self, write: CheckWrite, counts: GroupCounts) -> CheckRow:
        # Later states are reached by moves, so that every move has one place; but what waits for nothing begins there.
        first = CheckState.PLANNING if write.state is CheckState.PLANNING else CheckState.PLANNED
        waits = counts.satisfied + counts.failed < counts.total or counts.resolution is not Resolution.SATISFIED
        moves = write.state is CheckState.FINAL or self.plan.cancelled_us is not None
        opens = first is CheckState.PLANNED and not waits and not moves
        return CheckRow(
            key=self._next_check,
            plan=self.plan.key,
            id=write.id,
            state=CheckState.WAITING if opens else first,
            written_state=write.state or first,
            kind=write.kind or "",
            options=_payload(write.options),
            predicate=counts.predicate,
            edges_needed=counts.needed,
            edges_total=counts.total,
            edges_satisfied=counts.satisfied,
            edges_failed=counts.failed,
            internal_edges=0,
            external=int(bool(write.external)),
            outcome=None,
            cause=None,
            version=2 if opens else 1,
            created_us=self.uow.now_us,
            updated_us=self.uow.now_us,
        )

    def _stage_row(self, write: StageWrite, counts: GroupCounts, parent: StageRow | None, gates: int) -> StageRow:
        return StageRow(
            key=self._next_stage,
            plan=self.plan.key,
            id=write.id,
            state=StageState.PLANNED,
            written_state=StageState.PLANNED,
            runner_type=write.runner_type or "",
            mode=write.execution_mode or ExecutionMode.SYNC,
            args=_payload(write.args),
            predicate=counts.predicate,
            edges_needed=counts.needed,
            edges_total=counts.total,
            edges_satisfied=counts.satisfied,
            edges_failed=counts.failed,
            gates_open=gates,
            internal_edges=0,
            priority=write.priority or 0,
            timeout_us=duration_us(write.timeout),
            heartbeat_us=duration_us(write.heartbeat_timeout),
            no_runner_us=duration_us(write.no_runner_timeout),
            retry=stages.encode_retry(write.retry),
            parent=parent.key if parent else None,
            children_open=0,
            children_failed=0,
            always=int(bool(write.always or (parent and parent.always))),
            attempts=0,
            attempts_lost=0,
            attempts_red=0,
            attempts_refused=0,
            offered=None,
            outcome=None,
            concluded_reason=None,
            cause=None,
            version=1,
            created_us=self.uow.now_us,
            updated_us=self.uow.now_us,
        )

    def _has_to_be_looked_at(self, check: CheckRow) -> bool:
        """Return whether more follows from a new check than what is known here."""
        if self.plan.cancelled_us is not None or check.id in self.known.answered:
            return True
        return check.state == CheckState.PLANNED and check.group.resolution is not Resolution.OPEN

    def _gates(self, assigned: tuple[Assignment, ...]) -> int | None:
        """Return how many checks hold back a stage that answers these; None if that has to be counted."""
        own = {(CHECK, assignment.target_check_id) for assignment in assigned}
        if self.plan.cancelled_us is not None or not own.isdisjoint(self.known.names):
            self._answers_old = True
            return None
        gates = 0
        for name in own:
            new = self.checks.get(name[1])
            if new is None:
                continue
            if not new.untouched or new.row.key in self.uow.written_checks:
                return None
            if len(own) > 1 and new.group and not own.isdisjoint(edges.names_of(new.group)):
                return None
            gates += new.row.state == CheckState.PLANNED
        return gates


def distinct(given: tuple[Assignment, ...]) -> tuple[Assignment, ...]:
    """Return one assignment a check, the last one given."""
    if len(given) < 2:
        return given
    return tuple({assignment.target_check_id: assignment for assignment in given}.values())


def duration_us(seconds: float | None) -> int | None:
    """Return a length of time as it is stored."""
    return None if seconds is None else int(seconds * _MICRO)


def _payload(given: Mapping[str, JSON] | None) -> bytes:
    # What is encoded already is not looked into, not even to see whether it is empty.
    return b"" if given is None else structs.encode(given)
