"""Which row stands where: the graph folded into a tree, and the rows that fit on the screen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from ci.cli.view.phases import Glyphs, Phase
from ci.cli.view.row import Row

SHOWN_FIRST: Final = {
    Phase.FAILED: 0,
    Phase.RUNNING: 1,
    Phase.CANCELLED: 2,
    Phase.QUEUED: 3,
    Phase.WAITING: 4,
    Phase.SUCCEEDED: 5,
    Phase.SKIPPED: 6,
}
"""Which rows are shown where not all of them fit."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A row and its place: `above` is the position of the row that it hangs on, or None for a root."""

    row: Row
    above: int | None


def outline(rows: Sequence[Row], parents: Callable[[Row], Sequence[Row]]) -> tuple[Placed, ...]:
    """Return every row once, in the order of the tree.

    A row hangs on the deepest of the rows that it comes after, so that whatever stands above it has to end first;
    of equally deep ones on the youngest, so that the others stand above it, too. Edges that would close a circle are
    left out.
    """
    above = _deepest_parents(rows, parents)
    children: dict[int, list[Row]] = {}
    for row in rows:
        children.setdefault(above[id(row)], []).append(row)
    placed: list[Placed] = []
    stack: list[tuple[Row, int | None]] = [(row, None) for row in reversed(children.get(_ROOT, []))]
    while stack:
        row, parent = stack.pop()
        stack.extend((child, len(placed)) for child in reversed(children.get(id(row), [])))
        placed.append(Placed(row, parent))
    return tuple(placed)


_ROOT: Final = 0


def _deepest_parents(rows: Sequence[Row], parents: Callable[[Row], Sequence[Row]]) -> dict[int, int]:
    depth: dict[int, int] = {}
    above: dict[int, int] = {}
    age = {id(row): position for position, row in enumerate(rows)}
    entered: set[int] = set()
    stack: list[tuple[Row, Sequence[Row] | None]] = [(row, None) for row in reversed(rows)]
    while stack:
        row, found = stack.pop()
        if found is None:
            if id(row) in entered:
                continue
            entered.add(id(row))
            found = parents(row)
            stack.append((row, found))
            stack.extend((parent, None) for parent in found if id(parent) not in entered)
            continue
        known = [parent for parent in found if id(parent) in depth]
        deepest = max(known, key=lambda parent: (depth[id(parent)], age[id(parent)]), default=None)
        above[id(row)] = id(deepest) if deepest is not None else _ROOT
        depth[id(row)] = depth[id(deepest)] + 1 if deepest is not None else 0
    return above


def fitting(placed: Sequence[Placed], height: int) -> tuple[Placed, ...]:
    """Return at most `height` rows of the tree: what failed and what runs first, what is done last.

    A row whose parent is left out hangs on the nearest one above that is shown.
    """
    if len(placed) <= height:
        return tuple(placed)
    urgent = sorted(range(len(placed)), key=lambda index: (SHOWN_FIRST[placed[index].row.phase], index))
    return _restricted(placed, sorted(urgent[: max(0, height)]))


def _restricted(placed: Sequence[Placed], kept: Collection[int]) -> tuple[Placed, ...]:
    position = {index: new for new, index in enumerate(kept)}
    shown_above: dict[int | None, int | None] = {None: None}
    result: list[Placed] = []
    for index, place in enumerate(placed):
        nearest = shown_above[place.above]
        if index in position:
            result.append(Placed(place.row, nearest))
            nearest = position[index]
        shown_above[index] = nearest
    return tuple(result)


def prefixes(placed: Sequence[Placed], glyphs: Glyphs, levels: int) -> list[str]:
    """Return the lines of the tree before each row; of more than `levels` the innermost are drawn."""
    youngest: dict[int | None, int] = {place.above: index for index, place in enumerate(placed)}
    rails: list[tuple[str, ...]] = []
    drawn: list[str] = []
    for index, place in enumerate(placed):
        if place.above is None:
            rails.append(())
            drawn.append("")
            continue
        is_last = youngest[place.above] == index
        outer = rails[place.above]
        rails.append((*outer, " " * len(glyphs.rail) if is_last else glyphs.rail)[-levels:])
        drawn.append("".join((*outer, glyphs.last if is_last else glyphs.branch)[-levels:]))
    return drawn
