"""Dependencies: edges between nodes, and what a group of them amounts to."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from turboci.errors import InvalidArgument
from turboci.required import is_number
from turboci.states import Outcome


class NodeKind(enum.Enum):
    """What an id names; a check and a stage may share one.

    Example:
        >>> ci.check("build").kind is ci.NodeKind.CHECK
        True
    """

    CHECK = "check"
    STAGE = "stage"


class When(enum.Enum):
    """Which outcome of its target satisfies an edge.

    Example:
        >>> ci.When.FINISHED.accepts(ci.Outcome.FAILED), ci.When.SUCCEEDED.accepts(ci.Outcome.FAILED)
        (True, False)
    """

    SUCCEEDED = "SUCCEEDED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"

    def accepts(self, outcome: Outcome) -> bool:
        """Return whether a target that ended so satisfies the edge."""
        return self is When.FINISHED or self.value == outcome.value


class Predicate(enum.Enum):
    """How many edges of a group must be satisfied.

    Example:
        >>> ci.depends_on_any("a", "b").predicate
        <Predicate.OR: 'OR'>
    """

    AND = "AND"
    OR = "OR"
    AT_LEAST = "AT_LEAST"


class SupportsDependency(Protocol):
    """Whatever can stand where a dependency is wanted: references, conditions, nodes, handles.

    Example:
        class Milestone:
            def as_dependency(self) -> ci.Dependency:
                return ci.check("milestone").finished

        ci.depends_on(Milestone())
    """

    def as_dependency(self) -> Dependency:
        """Return the edge that it stands for."""
        ...


@dataclass(frozen=True, slots=True)
class NodeRef:
    """Names a node of a plan.

    Example:
        >>> NodeRef(NodeKind.CHECK, "build").finished.when.name
        'FINISHED'
    """

    kind: NodeKind
    id: str

    def __hash__(self) -> int:
        # Equal things have equal hashes, and few have the same id: to look at the kind would cost more than it tells.
        return hash(self.id)

    def __str__(self) -> str:
        return f"{self.kind.value} {self.id!r}"

    @property
    def succeeded(self) -> Dependency:
        """The edge that a success satisfies; what a bare reference means."""
        return Dependency(self, When.SUCCEEDED)

    @property
    def finished(self) -> Dependency:
        """The edge that any outcome satisfies."""
        return Dependency(self, When.FINISHED)

    @property
    def failed(self) -> Dependency:
        """The edge that only a failure satisfies."""
        return Dependency(self, When.FAILED)

    def as_dependency(self) -> Dependency:
        """Return the edge that a success satisfies."""
        return self.succeeded


@dataclass(frozen=True, slots=True)
class Dependency:
    """One edge: its owner waits for `target` to end as `when` says.

    Example:
        >>> ci.check("test").failed == ci.Dependency(ci.check("test"), ci.When.FAILED)
        True
    """

    target: NodeRef
    when: When = When.SUCCEEDED

    def __hash__(self) -> int:
        return hash(self.target.id)

    def as_dependency(self) -> Dependency:
        """Return itself."""
        return self

    def __bool__(self) -> bool:
        raise TypeError(
            f"a dependency on {self.target} is not a fact that can be tested; "
            "wait for the node and look at its outcome instead"
        )


Dependable: TypeAlias = SupportsDependency | str


@dataclass(frozen=True, slots=True)
class DependencyGroup:
    """Everything that one node waits for; false when that is nothing.

    Attributes:
        predicate: How many edges must be satisfied.
        dependencies: The edges; equal ones count once.
        threshold: That number, for `Predicate.AT_LEAST` only.

    Raises:
        InvalidArgument: `threshold` is not 1 to the number of different edges, or given with another predicate.

    Example:
        >>> group = ci.depends_on("lint", "test")
        >>> (group.predicate.name, group.needed, bool(ci.depends_on()))
        ('AND', 2, False)
    """

    predicate: Predicate = Predicate.AND
    dependencies: tuple[Dependency, ...] = ()
    threshold: int | None = None

    def __post_init__(self) -> None:
        if len(self.dependencies) > 1 or type(self.dependencies) is not tuple:
            object.__setattr__(self, "dependencies", tuple(dict.fromkeys(self.dependencies)))
        if self.predicate is not Predicate.AT_LEAST:
            if self.threshold is not None:
                raise InvalidArgument(
                    "dependency group", f"has threshold {self.threshold} with {self.predicate.name}",
                    hint="a threshold goes with AT_LEAST", field="threshold",
                )  # fmt: skip
        elif not is_number(self.threshold) or not 1 <= (self.threshold or 0) <= max(1, len(self.dependencies)):
            raise InvalidArgument(
                "dependency group", f"has threshold {self.threshold!r} over {len(self.dependencies)} different edges",
                hint="the threshold is 1 to the number of different edges", field="threshold",
            )  # fmt: skip

    def __bool__(self) -> bool:
        return bool(self.dependencies)

    @property
    def needed(self) -> int:
        """How many edges must be satisfied."""
        if not self.dependencies:
            return 0
        if self.predicate is Predicate.AND:
            return len(self.dependencies)
        return 1 if self.threshold is None else self.threshold

    def same_as(self, other: DependencyGroup) -> bool:
        """Return whether both mean the same, whatever the order of their edges."""
        return set(self.dependencies) == set(other.dependencies) and self.needed == other.needed


class Resolution(enum.Enum):
    """What a group amounts to so far."""

    OPEN = "OPEN"
    SATISFIED = "SATISFIED"
    UNSATISFIABLE = "UNSATISFIABLE"


def resolve_counts(*, needed: int, total: int, satisfied: int, failed: int) -> Resolution:
    """Decide a group from its counters.

    Args:
        needed: Edges that must be satisfied.
        total: All edges.
        satisfied: Edges whose target ended as wanted.
        failed: Edges whose target ended otherwise.
    """
    if satisfied >= needed:
        return Resolution.SATISFIED
    if total - failed < needed:
        return Resolution.UNSATISFIABLE
    return Resolution.OPEN


def resolve(group: DependencyGroup, outcomes: Iterable[tuple[NodeRef, Outcome]]) -> Resolution:
    """Decide a group from the outcomes of the targets that are FINAL.

    Example:
        >>> build = NodeRef(NodeKind.CHECK, "build")
        >>> resolve(DependencyGroup(dependencies=(build.succeeded,)), [(build, Outcome.FAILED)]).name
        'UNSATISFIABLE'
    """
    known = dict(outcomes)
    satisfied = failed = 0
    for edge in group.dependencies:
        outcome = known.get(edge.target)
        if outcome is None:
            continue
        if edge.when.accepts(outcome):
            satisfied += 1
        else:
            failed += 1
    return resolve_counts(needed=group.needed, total=len(group.dependencies), satisfied=satisfied, failed=failed)
