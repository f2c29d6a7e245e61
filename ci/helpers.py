"""Level 1: short ways to write references, dependency groups and assignments."""

from __future__ import annotations

from collections.abc import Awaitable

from turboci.dependencies import Dependable, Dependency, DependencyGroup, NodeKind, NodeRef, Predicate
from turboci.errors import InvalidArgument
from turboci.ids import require_id
from turboci.nodes import Assignment
from turboci.required import require_member
from turboci.states import CheckState


def check(id: str) -> NodeRef:
    """Name a check.

    Example:
        >>> str(check("build"))
        "check 'build'"

    Raises:
        EmptyIdError: `id` is empty.
        InvalidArgument: `id` is not an id.
    """
    return NodeRef(NodeKind.CHECK, require_id(id, "check"))


def stage(id: str) -> NodeRef:
    """Name a stage.

    Raises:
        EmptyIdError: `id` is empty.
        InvalidArgument: `id` is not an id.

    Example:
        >>> ci.stage("deploy").finished
        Dependency(target=NodeRef(kind=<NodeKind.STAGE: 'stage'>, id='deploy'), when=<When.FINISHED: 'FINISHED'>)
    """
    return NodeRef(NodeKind.STAGE, require_id(id, "stage"))


def depends_on(*refs: Dependable) -> DependencyGroup:
    """Wait for all of `refs`; a plain string is a check id.

    Without arguments the group is empty, false, and waits for nothing.

    Example:
        >>> depends_on("build", stage("deploy").finished).needed
        2

    Raises:
        EmptyIdError: An id is empty.
        InvalidArgument: Something is no reference.
    """
    return DependencyGroup(Predicate.AND, edges(refs, NodeKind.CHECK, "depends_on"))


def depends_on_any(*refs: Dependable) -> DependencyGroup:
    """Wait for one of `refs`; a plain string is a check id.

    Raises:
        EmptyIdError: An id is empty.
        InvalidArgument: Something is no reference.

    Example:
        >>> ci.depends_on_any("mirror-a", "mirror-b").needed
        1
    """
    return DependencyGroup(Predicate.OR, edges(refs, NodeKind.CHECK, "depends_on_any"))


def depends_on_at_least(k: int, *refs: Dependable) -> DependencyGroup:
    """Wait for `k` of `refs`; a plain string is a check id.

    Raises:
        EmptyIdError: An id is empty.
        InvalidArgument: Something is no reference, or `k` is not 1 to the number of different ones.

    Example:
        >>> ci.depends_on_at_least(2, "linux", "macos", "windows").needed
        2
    """
    return DependencyGroup(Predicate.AT_LEAST, edges(refs, NodeKind.CHECK, "depends_on_at_least"), k)


def depends_on_checks(*ids: str) -> DependencyGroup:
    """Wait for all these checks.

    Raises:
        EmptyIdError: An id is empty.
        InvalidArgument: Something is not an id.

    Example:
        >>> ci.depends_on_checks("lint", "test") == ci.depends_on("lint", "test")
        True
    """
    return DependencyGroup(Predicate.AND, tuple(check(id).succeeded for id in ids))


def depends_on_stages(*ids: str) -> DependencyGroup:
    """Wait for all these stages.

    Raises:
        EmptyIdError: An id is empty.
        InvalidArgument: Something is not an id.

    Example:
        >>> ci.depends_on_stages("exec:plan") == ci.depends_on(ci.stage("exec:plan"))
        True
    """
    return DependencyGroup(Predicate.AND, tuple(stage(id).succeeded for id in ids))


def assigns(check_id: str) -> Assignment:
    """Say that a stage answers this check.

    Raises:
        EmptyIdError: `check_id` is empty.
        InvalidArgument: `check_id` is not an id.

    Example:
        >>> ci.assigns("build").goal_state.name
        'FINAL'
    """
    return Assignment(check(check_id).id)


def assigns_with_goal(check_id: str, goal: CheckState) -> Assignment:
    """Say that a stage brings this check to `goal`.

    Raises:
        EmptyIdError: `check_id` is empty.
        InvalidArgument: `check_id` is not an id.

    Example:
        >>> ci.assigns_with_goal("build", ci.CheckState.WAITING).goal_state.name
        'WAITING'
    """
    ref = check(check_id)
    return Assignment(ref.id, require_member(goal, CheckState, f"assignment of {ref}", "goal"))


def assignment_list(*assignments: Assignment | str) -> tuple[Assignment, ...]:
    """Return the assignments of a `StageWrite`; a plain string is the id of a check that is answered.

    Raises:
        EmptyIdError: An id is empty.
        InvalidArgument: Something is not an id.

    Example:
        >>> [each.target_check_id for each in ci.assignment_list("lint", ci.assigns("test"))]
        ['lint', 'test']
    """
    return tuple([item if isinstance(item, Assignment) else assigns(item) for item in assignments])


def edge(ref: Dependable, kind: NodeKind, call: str) -> Dependency:
    """Return the edge that `ref` stands for.

    Args:
        ref: A reference, condition, node, handle or id.
        kind: What a plain id names.
        call: What the user called, for the message.

    Raises:
        EmptyIdError: The id is empty.
        InvalidArgument: It is none of these.
    """
    if isinstance(ref, str):
        return Dependency(NodeRef(kind, require_id(ref, kind.value)))
    as_dependency = getattr(ref, "as_dependency", None)
    if as_dependency is None:
        raise not_a_target(ref, call)
    dependency = as_dependency()
    if not isinstance(dependency, Dependency):
        raise not_a_target(ref, call)
    return dependency


def edges(refs: tuple[Dependable, ...], kind: NodeKind, call: str) -> tuple[Dependency, ...]:
    """Return the edges that `refs` stand for; see `edge`."""
    return tuple([edge(ref, kind, call) for ref in refs])


def not_a_target(value: object, call: str) -> InvalidArgument:
    """Return the error for something that no dependency can point at."""
    hint = "give nodes, references, conditions or ids"
    if isinstance(value, (list, tuple, set, frozenset)):
        hint = f"give them one by one: {call}(*nodes)"
    elif isinstance(value, Awaitable):
        hint = "await it first, and give what that returns"
    return InvalidArgument(f"{call}()", f"is given {value!r} ({type(value).__name__}), which is no node", hint=hint)
