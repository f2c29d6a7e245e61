"""Directed graphs as functions: no graph is built, successors are asked for when they are needed.

Where nodes wait for each other, let `successors` return what a node waits for: orders then start with what waits for
nothing. Everything is iterative and linear in nodes and edges.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from turboci.errors import CyclicDependency

N = TypeVar("N", bound=Hashable)


def find_cycle(starts: Iterable[N], successors: Callable[[N], Iterable[N]]) -> list[N] | None:
    """Return a cycle that can be reached from `starts`, or None.

    Args:
        starts: Where to look from, in this order.
        successors: Where a node points to; asked once for each node that is reached, and not before it is.

    Returns:
        The nodes of the cycle in the direction of the edges, the first one repeated at the end.

    Example:
        >>> find_cycle("a", {"a": "b", "b": "c", "c": "b"}.__getitem__)
        ['b', 'c', 'b']
    """
    return _search(starts, successors)[1]


def topological_order(starts: Iterable[N], successors: Callable[[N], Iterable[N]]) -> list[N]:
    """Return everything that can be reached from `starts`, each node after its successors.

    The order is stable: starts that are in such an order already keep it.

    Raises:
        CyclicDependency: There is no such order; the error has the path.

    Example:
        >>> topological_order("ab", {"a": "b", "b": ""}.__getitem__)
        ['b', 'a']
    """
    order, cycle = _search(starts, successors)
    if cycle is not None:
        path = [str(node) for node in cycle]
        raise CyclicDependency(
            "dependencies",
            f"form a cycle: {' -> '.join(path)}",
            hint="remove one of these edges",
            path=path,
        )
    return order


def layers(starts: Iterable[N], successors: Callable[[N], Iterable[N]]) -> list[list[N]]:
    """Return everything that can be reached from `starts` in layers.

    A node is in the first layer if it has no successors, else in the one after the last of its successors.

    Raises:
        CyclicDependency: There are no such layers; the error has the path.

    Example:
        >>> layers("ab", {"a": "c", "b": "", "c": ""}.__getitem__)
        [['c', 'b'], ['a']]
    """
    known: dict[N, tuple[N, ...]] = {}

    def remembered(node: N) -> tuple[N, ...]:
        known[node] = tuple(successors(node))
        return known[node]

    depth: dict[N, int] = {}
    found: list[list[N]] = []
    for node in topological_order(starts, remembered):
        depth[node] = 1 + max((depth[successor] for successor in known[node]), default=-1)
        if depth[node] == len(found):
            found.append([])
        found[depth[node]].append(node)
    return found


def _search(starts: Iterable[N], successors: Callable[[N], Iterable[N]]) -> tuple[list[N], list[N] | None]:
    """Visit depth first; return the nodes in the order in which they were left, and the first cycle."""
    left: dict[N, None] = {}
    for start in starts:
        if start in left:
            continue
        path: dict[N, Iterator[N]] = {start: iter(successors(start))}
        trail = [start]
        while trail:
            node = trail[-1]
            for successor in path[node]:
                if successor in path:
                    return list(left), [*trail[trail.index(successor) :], successor]
                if successor not in left:
                    path[successor] = iter(successors(successor))
                    trail.append(successor)
                    break
            else:
                del path[node]
                left[trail.pop()] = None
    return list(left), None
