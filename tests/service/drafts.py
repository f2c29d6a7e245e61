"""Random nodes that mostly fit the plan that is there: their edges point to its newest nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.service.recording import final
from tests.service.writing import NEVER_AGAIN, RETRY_BOTH, RETRY_RED, on_check, on_stage
from turboci.dependencies import Dependency, DependencyGroup, Predicate, When
from turboci.executions import Answer, CheckUpdate
from turboci.nodes import Assignment
from turboci.retry import RetryPolicy
from turboci.states import AttemptState, CheckState, ExecutionMode, StageState
from turboci.writes import CheckWrite, StageWrite

D = TypeVar("D")


@dataclass(frozen=True)
class Edge:
    """An edge to the node written `back` nodes ago; 0 is one that is not written yet."""

    to_check: bool
    back: int
    when: When


@dataclass(frozen=True)
class Draft:
    """What is random about a new node."""

    is_check: bool
    edges: list[Edge]
    predicate: Predicate
    planning: bool
    answers: list[int]
    child_of: int
    claimed: bool
    mode: ExecutionMode
    retry: RetryPolicy | None
    heartbeat: float | None
    patience: float | None
    always: bool
    attempt_state: AttemptState

    @property
    def size(self) -> int:
        """How much there is about it that is not as usual."""
        flags = (self.planning, self.child_of, self.claimed, self.retry, self.heartbeat, self.patience, self.always)
        return 3 * len(self.edges) + 2 * len(self.answers) + sum(map(bool, flags)) + (self.mode is ExecutionMode.ASYNC)


@dataclass
class Written:
    """How many nodes the plan has: they are called c1, c2 and s1, s2 and so on."""

    checks: int = 0
    stages: int = 0
    claimed: list[str] = field(default_factory=list)

    def write(self, draft: Draft) -> CheckWrite | StageWrite:
        """Return the write of a new node."""
        if draft.is_check:
            self.checks += 1
            state = CheckState.PLANNING if draft.planning else None
            check_id = f"c{self.checks}"
            return CheckWrite(id=check_id, state=state, dependencies=self.group(draft, check_id))
        self.stages += 1
        stage_id = f"s{self.stages}"
        if draft.claimed:
            self.claimed.append(stage_id)
        parent = self.stages - draft.child_of
        return StageWrite(
            id=stage_id,
            runner_type=None if draft.claimed else "builder",
            execution_mode=draft.mode,
            dependencies=self.group(draft, stage_id),
            assignments=tuple(Assignment(self.check_id(back)) for back in draft.answers),
            parent_stage_id=f"s{parent}" if draft.child_of and parent > 0 else None,
            retry=draft.retry,
            heartbeat_timeout=draft.heartbeat,
            no_runner_timeout=draft.patience,
            always=draft.always or None,
        )

    def group(self, draft: Draft, own_id: str) -> DependencyGroup:
        """Return the group of a draft, without edges to itself."""
        edges = tuple(dict.fromkeys(edge for edge in map(self._edge, draft.edges) if edge.target.id != own_id))
        threshold = max(1, len(edges) - 1) if draft.predicate is Predicate.AT_LEAST else None
        return DependencyGroup(draft.predicate, edges, threshold)

    def check_id(self, back: int) -> str:
        """Return the id of the check that was written so many checks ago."""
        return f"c{max(1, self.checks + 1 - back)}"

    def stage_id(self, back: int) -> str:
        """Return the id of the stage that was written so many stages ago."""
        return f"s{max(1, self.stages + 1 - back)}"

    def _edge(self, edge: Edge) -> Dependency:
        target = on_check(self.check_id(edge.back)) if edge.to_check else on_stage(self.stage_id(edge.back))
        return Dependency(target, edge.when)


def pool(make: Callable[[Random], D], size: Callable[[D], int], number: int = 4096) -> SearchStrategy[D]:
    """Return a strategy that picks one of so many things, small ones first.

    Drawing each detail would take longer than everything that the server does with it.
    """
    made = sorted((make(Random(seed)) for seed in range(number)), key=size)

    def at(index: int) -> D:
        return made[index]

    return st.integers(0, number - 1).map(at)


def _some(random: Random, values: Sequence[D], most: int) -> list[D]:
    return [random.choice(values) for _ in range(random.randint(0, most))]


def _edge(random: Random) -> Edge:
    when = random.choice([*When, When.FINISHED, When.SUCCEEDED])
    return Edge(to_check=random.random() < 0.5, back=random.choice([1, 1, 2, 2, 3, 4, 0]), when=when)


def _draft(random: Random) -> Draft:
    return Draft(
        is_check=random.random() < 0.4,
        edges=[_edge(random) for _ in range(random.choice([0, 0, 1, 1, 2, 3]))],
        predicate=random.choice([*Predicate]),
        planning=random.random() < 0.2,
        answers=list(dict.fromkeys(_some(random, [1, 2, 3, 4], 3))),
        child_of=random.choice([0, 0, 0, 1, 2]),
        claimed=random.random() < 0.2,
        mode=random.choice([*ExecutionMode]),
        retry=random.choice([None, RETRY_RED, RETRY_BOTH, NEVER_AGAIN]),
        heartbeat=random.choice([None, 20.0]),
        patience=random.choice([None, None, None, 60.0]),
        always=random.random() < 0.2,
        attempt_state=random.choice([*AttemptState]),
    )


drafts = pool(_draft, lambda draft: draft.size)


@dataclass(frozen=True)
class Reply:
    """What a runner does: it is lost, refuses, or answers green, red, to be continued, and something of some check.

    Attributes:
        which: The call that it answers.
        completes: Whether it completes an ASYNC attempt, if there is one, instead.
    """

    which: int
    how: str
    completes: bool
    state: StageState | None
    failure: str | None
    update_back: int
    update_red: bool
    update_ends: bool

    def answer(self, written: Written) -> Answer:
        """Return the answer to an attempt of a plan with these nodes."""
        updates: tuple[CheckUpdate, ...] = ()
        if self.update_back and written.checks:
            failure = "red" if self.update_red else None
            updates = (final(written.check_id(self.update_back), failure=failure),)
            if not self.update_ends:
                updates = (CheckUpdate(check_id=updates[0].check_id, failure=failure),)
        return Answer(stage_state=self.state, failure=self.failure, check_updates=updates)


def _reply(random: Random) -> Reply:
    return Reply(
        which=random.randint(0, 9),
        how=random.choice(["answer", "answer", "answer", "answer", "lose", "refuse"]),
        completes=random.random() < 0.5,
        state=random.choice([None, None, StageState.AWAITING_GROUP]),
        failure=random.choice([None, None, None, "red"]),
        update_back=random.randint(0, 4),
        update_red=random.random() < 0.5,
        update_ends=random.random() < 0.5,
    )


replies = pool(_reply, lambda reply: reply.which)
