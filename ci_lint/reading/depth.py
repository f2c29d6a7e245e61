"""Measures how deep code is nested before anything that works recursively, or worse, gets to see it."""

from __future__ import annotations

import ast
import re
from typing import Final

MAX_DEPTH: Final = 800
"""Levels of the syntax tree within one statement; a chain of calls has two for each. LibCST takes time with the square
of it, and the stack of the process with it."""

MAX_BRACKETS: Final = 150
"""Open brackets at once; Python itself allows 200."""

_LONG_LINES: Final = 40
_LONG_COLUMNS: Final = 800
_BYTES: Final = 4  # of a character, at most
_BRACKETS: Final = re.compile(rb"[()\[\]{}]")


def deepest_place(tree: ast.Module, text: str) -> tuple[int, int] | None:
    """Return line and column, in bytes, of a statement that is nested too deeply; None if there is none."""
    has_wide_lines = any(len(line) >= _LONG_COLUMNS // _BYTES for line in text.splitlines())
    blocks: list[tuple[list[ast.stmt], int]] = [(tree.body, 0)]
    while blocks:
        block, depth = blocks.pop()
        for statement in block:
            if depth > MAX_DEPTH:  # an `elif` stands in the `else` of what is before it
                return statement.lineno, statement.col_offset
            if not has_wide_lines and not _is_long(statement):
                continue  # nor is anything in it
            inner = _blocks_of(statement)
            blocks.extend((each, depth + 1) for each in inner)
            if _is_long(statement) and not inner and _too_deep(statement):
                return statement.lineno, statement.col_offset
            if inner and any(_is_long(each) and _too_deep(each) for each in _headers(statement)):
                return statement.lineno, statement.col_offset
    return None


def open_brackets(data: bytes) -> int:
    """Return the largest number of brackets that may be open at once, those in strings counted too."""
    depth = deepest = 0
    for match in _BRACKETS.finditer(data):
        if match.group() in b"([{":
            depth += 1
            deepest = max(deepest, depth)
        elif depth:
            depth -= 1
    return deepest


def _blocks_of(statement: ast.stmt) -> list[list[ast.stmt]]:
    found: list[list[ast.stmt]] = []
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if isinstance(block, list):
            found.append(block)
    for name in ("handlers", "cases"):
        found.extend(each.body for each in getattr(statement, name, ()))
    return found


def _headers(statement: ast.stmt) -> list[ast.expr]:
    return [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.expr)]


def _is_long(node: ast.stmt | ast.expr) -> bool:
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    return end_line - node.lineno >= _LONG_LINES or end_column - node.col_offset >= _LONG_COLUMNS


def _too_deep(node: ast.AST) -> bool:
    level: list[ast.AST] = [node]
    for _ in range(MAX_DEPTH):
        level = [child for each in level for child in ast.iter_child_nodes(each)]
        if not level:
            return False
    return True
