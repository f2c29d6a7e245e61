"""The graph of a plan as a drawing of boxes in columns, in SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from ci.cli.view.phases import UNICODE
from ci.cli.view.row import Row
from ci.cli.view.state import PlanView
from ci.cli.view.tree import shortened
from ci.cli.view.wording import one_line

_WIDTH: Final = 168
_HEIGHT: Final = 30
_GAP_X: Final = 56
_GAP_Y: Final = 14
_MARGIN: Final = 10
_LONGEST: Final = 20
_MOST: Final = 2_000
"""Boxes of a drawing that a browser still shows at once."""
_SWEEPS: Final = 4


@dataclass(frozen=True, slots=True)
class Box:
    """Where a row is drawn: the corner of its box."""

    row: Row
    index: int
    x: int
    y: int


def graph(view: PlanView) -> str:
    """Return the drawing; a row stands right of everything that it waits for. Empty if there are too many rows."""
    if not view.rows or len(view.rows) > _MOST:
        return ""
    index = {id(row): number for number, row in enumerate(view.rows)}
    parents = {number: [index[id(parent)] for parent in view.parents(row)] for number, row in enumerate(view.rows)}
    columns = _ordered(_columns(parents), parents)
    boxes = {
        number: Box(view.rows[number], number, _MARGIN + column * (_WIDTH + _GAP_X), _MARGIN + at * (_HEIGHT + _GAP_Y))
        for column, numbers in enumerate(columns)
        for at, number in enumerate(numbers)
    }
    width = 2 * _MARGIN + len(columns) * (_WIDTH + _GAP_X) - _GAP_X
    height = 2 * _MARGIN + max(map(len, columns)) * (_HEIGHT + _GAP_Y) - _GAP_Y
    lines = [_line(boxes[parent], boxes[child]) for child, found in parents.items() for parent in found]
    drawn = [_box(box) for _, box in sorted(boxes.items())]
    head = f'<svg class="graph" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
    return "\n".join([head, *lines, *drawn, "</svg>"])


def _columns(parents: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """Return the rows by how many stand before them on the longest way; edges that close a circle do not count."""
    depth: dict[int, int] = {}
    entered: set[int] = set()
    stack = [(number, False) for number in reversed(list(parents))]
    while stack:
        number, is_known = stack.pop()
        if is_known:
            depth[number] = 1 + max((depth[each] for each in parents[number] if each in depth), default=-1)
        elif number not in entered:
            entered.add(number)
            stack.append((number, True))
            stack.extend((each, False) for each in parents[number] if each not in entered)
    columns: list[list[int]] = [[] for _ in range(1 + max(depth.values()))]
    for number in parents:
        columns[depth[number]].append(number)
    return columns


def _ordered(columns: list[list[int]], parents: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """Move the rows of each column to the height of their neighbours, so that fewer lines cross."""
    children: dict[int, list[int]] = {number: [] for number in parents}
    for child, found in parents.items():
        for parent in found:
            children[parent].append(child)
    for sweep in range(_SWEEPS):
        beside = parents if sweep % 2 == 0 else children
        height = {number: at for column in columns for at, number in enumerate(column)}
        for column in columns if sweep % 2 == 0 else reversed(columns):
            column.sort(key=lambda number: _mean([height[each] for each in beside[number]], height[number]))
            height.update((number, at) for at, number in enumerate(column))
    return columns


def _mean(values: Sequence[int], otherwise: int) -> float:
    return sum(values) / len(values) if values else float(otherwise)


def _line(source: Box, target: Box) -> str:
    x1, y1 = source.x + _WIDTH, source.y + _HEIGHT // 2
    x2, y2 = target.x, target.y + _HEIGHT // 2
    middle = (x1 + x2) // 2
    return f'<path class="edge" d="M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"/>'


def _box(box: Box) -> str:
    label = one_line(box.row.label)
    short = shortened(label, _LONGEST, UNICODE)
    phase = box.row.phase.value.lower()
    return (
        f'<a href="#n{box.index}"><g class="box {phase}"><title>{escape(label)}: {phase}</title>'
        f'<rect x="{box.x}" y="{box.y}" width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>'
        f'<text x="{box.x + 10}" y="{box.y + _HEIGHT // 2 + 4}">{escape(short)}</text></g></a>'
    )
