"""From bytes to a tree, safely."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from typing import Final

import libcst as cst

from ci_lint.reading.depth import MAX_BRACKETS, deepest_place, open_brackets
from ci_lint.reading.failure import Failure, refused, unreadable
from ci_lint.reading.source import MAX_BYTES, Text, decode


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """A file that was parsed.

    Attributes:
        text: What it says.
        module: Its tree.
        lines: Where Python's own parser says that the statements of the module begin; empty if it cannot read the file.
    """

    text: Text
    module: cst.Module
    lines: tuple[int, ...] = ()


def parse(data: bytes) -> Parsed | Failure:
    """Return the tree of a file, or why it has none.

    Python's own parser goes first: it refuses what would overflow the stack of LibCST, and says better where an error
    is. What it does not know yet, the syntax of later versions, LibCST may know.
    """
    if len(data) > MAX_BYTES:
        return unreadable(f"it has {len(data):,} bytes; up to {MAX_BYTES:,} are looked at")
    text = decode(data)
    if isinstance(text, Failure):
        return text
    guarded = _guard(text)
    failure = guarded if isinstance(guarded, Failure) else None
    if failure is not None and not _may_be_newer(failure, text):
        return failure
    try:
        module = cst.parse_module(text.text)
    except cst.ParserSyntaxError as error:
        if failure is not None:
            return failure
        place = text.offset(error.editor_line, error.editor_column - 1)
        return refused("this syntax is not known", place, place)
    except (RecursionError, MemoryError):
        return unreadable("it is nested too deeply")
    return Parsed(text, module, () if isinstance(guarded, Failure) else guarded)


_NEWER_LINE: Final = 500
_NEWER_SIZE: Final = 1_000_000


def _guard(text: Text) -> tuple[int, ...] | Failure:
    """Return the lines that the statements of a module begin in, decorators included, or why it is not parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.text)
    except SyntaxError as error:
        return _located(error, text)
    except (RecursionError, MemoryError):
        return unreadable("it is nested too deeply")
    except ValueError as error:
        return refused(str(error), 0, 0)
    place = deepest_place(tree, text.text)
    if place is None:
        return tuple([min(each.lineno, *_decorator_lines(each)) for each in tree.body])
    start = text.line_starts[min(place[0], len(text.line_starts)) - 1] + place[1]
    return unreadable("this is nested too deeply", start, start)


def _decorator_lines(statement: ast.stmt) -> list[int]:
    return [each.lineno for each in getattr(statement, "decorator_list", ())] or [statement.lineno]


def _located(error: SyntaxError, text: Text) -> Failure:
    if error.msg.startswith("too many nested"):
        return unreadable("it is nested too deeply")
    start = text.offset(error.lineno or 1, (error.offset or 1) - 1)
    end = start
    if error.end_lineno and error.end_offset and error.end_offset > 0:
        end = text.offset(error.end_lineno, error.end_offset - 1)
    return refused(error.msg, start, end)


def _may_be_newer(failure: Failure, text: Text) -> bool:
    """Return whether LibCST can be asked without danger: whatever is nested deeply needs a long line or brackets."""
    if failure.problem.code == "CI901" or len(text.data) > _NEWER_SIZE:
        return False
    longest = max(map(len, text.data.splitlines()), default=0)
    return longest <= _NEWER_LINE and open_brackets(text.data) <= MAX_BRACKETS // 2
