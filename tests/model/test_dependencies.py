"""Groups of edges against the definition of their three values."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model import strategies
from turboci.dependencies import (
    Dependency,
    DependencyGroup,
    NodeKind,
    NodeRef,
    Predicate,
    Resolution,
    When,
    resolve,
    resolve_counts,
)
from turboci.errors import InvalidArgument
from turboci.states import Outcome

BUILD = NodeRef(NodeKind.CHECK, "build")
TEST = NodeRef(NodeKind.STAGE, "test")


def _holds(group: DependencyGroup, edges: tuple[bool, ...]) -> bool:
    if not edges:
        return True
    if group.predicate is Predicate.AND:
        return all(edges)
    if group.predicate is Predicate.OR:
        return any(edges)
    return group.threshold is not None and sum(edges) >= group.threshold


def _by_definition(group: DependencyGroup, edges: list[bool | None]) -> Resolution:
    """Try every way in which the open edges may end."""
    ends = [(edge,) if edge is not None else (False, True) for edge in edges]
    results = {_holds(group, completion) for completion in product(*ends)}
    if results == {True}:
        return Resolution.SATISFIED
    return Resolution.UNSATISFIABLE if results == {False} else Resolution.OPEN


@given(strategies.groups, st.data())
def test_resolution_is_that_of_all_completions(group: DependencyGroup, data: st.DataObject) -> None:
    """A group is satisfied iff every completion of its open edges satisfies it, unsatisfiable iff none does."""
    targets = {edge.target for edge in group.dependencies}
    outcomes = {target: data.draw(st.none() | st.sampled_from(Outcome)) for target in sorted(targets, key=str)}
    edges = [
        edge.when.accepts(outcome) if (outcome := outcomes[edge.target]) is not None else None
        for edge in group.dependencies
    ]
    final = [(target, outcome) for target, outcome in outcomes.items() if outcome is not None]
    expected = _by_definition(group, edges)
    assert resolve(group, final) is expected
    assert (
        resolve_counts(needed=group.needed, total=len(edges), satisfied=edges.count(True), failed=edges.count(False))
        is expected
    )


@pytest.mark.parametrize("total", range(6))
def test_counters_are_enough(total: int) -> None:
    """For every number of edges and every state of the counters the decision is that of all completions."""
    edges = tuple(NodeRef(NodeKind.CHECK, str(number)).succeeded for number in range(total))
    groups = [DependencyGroup(Predicate.AND, edges), DependencyGroup(Predicate.OR, edges)]
    groups += [DependencyGroup(Predicate.AT_LEAST, edges, needed) for needed in range(1, total + 1)]
    for group in groups:
        for satisfied in range(total + 1):
            for failed in range(total + 1 - satisfied):
                states = [True] * satisfied + [False] * failed + [None] * (total - satisfied - failed)
                assert resolve_counts(
                    needed=group.needed, total=total, satisfied=satisfied, failed=failed
                ) is _by_definition(group, states)


@pytest.mark.parametrize(
    ("when", "accepted"),
    [
        (When.SUCCEEDED, {Outcome.SUCCEEDED}),
        (When.FAILED, {Outcome.FAILED}),
        (When.FINISHED, set(Outcome)),
    ],
)
def test_condition_accepts_its_outcomes(when: When, accepted: set[Outcome]) -> None:
    """Skipped and cancelled are neither success nor failure, but finished."""
    assert {outcome for outcome in Outcome if when.accepts(outcome)} == accepted


@given(strategies.groups, st.randoms())
def test_order_and_repetition_mean_nothing(group: DependencyGroup, random: object) -> None:
    """A group means the same in any order of its edges, and equal edges count once."""
    turned = DependencyGroup(group.predicate, group.dependencies[::-1] + group.dependencies, group.threshold)
    assert group.same_as(turned)
    assert len(turned.dependencies) == len(group.dependencies)


def test_other_groups_are_not_the_same() -> None:
    """Groups differ by their edges, by condition, and by how many are needed."""
    both = (BUILD.succeeded, TEST.succeeded)
    assert not DependencyGroup(Predicate.AND, both).same_as(DependencyGroup(Predicate.OR, both))
    assert not DependencyGroup(Predicate.AND, both).same_as(DependencyGroup(Predicate.AND, both[:1]))
    assert not DependencyGroup(dependencies=(BUILD.failed,)).same_as(DependencyGroup(dependencies=(BUILD.succeeded,)))
    assert DependencyGroup(Predicate.AT_LEAST, both, 2).same_as(DependencyGroup(Predicate.AND, both))


@pytest.mark.parametrize("threshold", [None, 0, -1, 3, 2**40])
def test_threshold_is_one_to_the_number_of_different_edges(threshold: int | None) -> None:
    """A threshold that no set of different edges can reach, or that asks for nothing, is refused."""
    with pytest.raises(InvalidArgument, match=f"has threshold {threshold} over 2 different edges") as caught:
        DependencyGroup(Predicate.AT_LEAST, (BUILD.succeeded, TEST.succeeded, BUILD.succeeded), threshold)
    assert caught.value.field == "threshold"


def test_threshold_needs_its_predicate() -> None:
    """A threshold with AND or OR is refused."""
    with pytest.raises(InvalidArgument, match="has threshold 1 with OR; a threshold goes with AT_LEAST"):
        DependencyGroup(Predicate.OR, (BUILD.succeeded,), 1)


def test_dependency_is_no_fact() -> None:
    """Testing the truth of an edge is an error that says what to do instead."""
    with pytest.raises(TypeError, match="a dependency on check 'build' is not a fact"):
        bool(BUILD.failed)


def test_references_stand_for_success() -> None:
    """A bare reference means that the target succeeded."""
    assert BUILD.as_dependency() == Dependency(BUILD, When.SUCCEEDED) == BUILD.succeeded.as_dependency()
    assert [edge.when for edge in (BUILD.finished, BUILD.failed)] == [When.FINISHED, When.FAILED]
