"""Functions on graphs against brute force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turboci.errors import CyclicDependency
from turboci.graph import find_cycle, layers, topological_order

Graph = Mapping[int, Sequence[int]]
LARGE = 100_000


@st.composite
def _graphs(draw: st.DrawFn) -> Graph:
    size = draw(st.integers(1, 7))
    numbers = st.integers(0, size - 1)
    return {node: draw(st.lists(numbers, max_size=3)) for node in range(size)}


@st.composite
def _acyclic(draw: st.DrawFn) -> Graph:
    size = draw(st.integers(1, 8))
    below = {node: draw(st.lists(st.integers(0, node - 1), max_size=3)) if node else [] for node in range(size)}
    labels = draw(st.permutations(range(size)))
    return {
        labels[node]: [labels[successor] for successor in below[node]] for node in draw(st.permutations(range(size)))
    }


def _reachable(graph: Graph, starts: Iterable[int]) -> set[int]:
    found = set(starts)
    while True:
        wider = found | {successor for node in found for successor in graph[node]}
        if wider == found:
            return found
        found = wider


def _on_cycle(graph: Graph, node: int) -> bool:
    return node in _reachable(graph, graph[node])


@given(_graphs(), st.data())
def test_cycle_is_found_iff_there_is_one(graph: Graph, data: st.DataObject) -> None:
    """A cycle is found iff one can be reached, and what is found is one, edge for edge."""
    starts = data.draw(st.lists(st.sampled_from(sorted(graph)), max_size=3))
    cycle = find_cycle(starts, graph.__getitem__)
    reachable = _reachable(graph, starts)
    assert (cycle is not None) == any(_on_cycle(graph, node) for node in reachable)
    if cycle is not None:
        assert cycle[0] == cycle[-1]
        assert len(set(cycle)) == len(cycle) - 1
        assert set(cycle) <= reachable
        assert all(later in graph[earlier] for earlier, later in pairwise(cycle))


@given(_graphs(), st.data())
def test_successors_are_asked_once_and_only_where_needed(graph: Graph, data: st.DataObject) -> None:
    """Only nodes that can be reached are asked for their successors, and none of them twice."""
    starts = data.draw(st.lists(st.sampled_from(sorted(graph)), max_size=3))
    asked: list[int] = []

    def successors(node: int) -> Sequence[int]:
        asked.append(node)
        return graph[node]

    cycle = find_cycle(starts, successors)
    assert len(asked) == len(set(asked))
    assert set(asked) <= _reachable(graph, starts)
    if cycle is None:
        assert set(asked) == _reachable(graph, starts)


@given(_acyclic(), st.data())
def test_order_puts_nodes_after_their_successors(graph: Graph, data: st.DataObject) -> None:
    """The order holds everything that can be reached once, each node after all its successors."""
    starts = data.draw(st.lists(st.sampled_from(sorted(graph)), max_size=4))
    order = topological_order(starts, graph.__getitem__)
    assert sorted(order) == sorted(_reachable(graph, starts))
    place = {node: index for index, node in enumerate(order)}
    assert all(place[successor] < place[node] for node in order for successor in graph[node])


@given(_acyclic())
def test_order_is_stable(graph: Graph) -> None:
    """An order that is good already is kept."""
    order = topological_order(graph, graph.__getitem__)
    assert topological_order(order, graph.__getitem__) == order


@given(_acyclic())
def test_layer_is_the_longest_way_down(graph: Graph) -> None:
    """A node's layer is the number of edges of its longest way to a node without successors."""

    def longest(node: int) -> int:
        return max((1 + longest(successor) for successor in graph[node]), default=0)

    found = layers(graph, graph.__getitem__)
    assert {node: depth for depth, layer in enumerate(found) for node in layer} == {
        node: longest(node) for node in graph
    }
    assert all(found)


@pytest.mark.parametrize("function", [topological_order, layers])
def test_cycle_has_no_order(function: object) -> None:
    """Asking for an order of a cycle names its path."""
    graph = {"lint": ["build"], "build": ["test"], "test": ["lint"]}
    with pytest.raises(CyclicDependency, match="form a cycle: lint -> build -> test -> lint; remove") as caught:
        function(graph, graph.__getitem__)  # type: ignore[operator]
    assert caught.value.path == ("lint", "build", "test", "lint")


def test_self_loop_is_a_cycle() -> None:
    """A node that points to itself is a cycle of one edge."""
    assert find_cycle([1], {1: [1]}.__getitem__) == [1, 1]


def test_long_chain_needs_no_recursion() -> None:
    """A chain of 100,000 nodes is searched, ordered and layered without deep recursion."""

    def successors(node: int) -> tuple[int, ...]:
        return (node + 1,) if node + 1 < LARGE else ()

    assert find_cycle([0], successors) is None
    assert topological_order([0], successors) == list(range(LARGE - 1, -1, -1))
    assert len(layers([0], successors)) == LARGE
    cycle = find_cycle([0], lambda node: ((node + 1) % LARGE,))
    assert cycle is not None
    assert len(cycle) == LARGE + 1
