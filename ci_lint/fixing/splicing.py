"""One round of fixes in one file."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ci_lint.findings import Diagnostic, Edit, Fix, Safety


@dataclass(frozen=True, slots=True)
class Spliced:
    """What a round made of a file.

    Attributes:
        content: The bytes afterwards.
        applied: The findings whose fixes are in it.
        broken: The findings whose fixes would have made a file that is not Python; they are left out.
    """

    content: bytes
    applied: tuple[Diagnostic, ...]
    broken: tuple[Diagnostic, ...] = ()


def wanted_fixes(found: Iterable[Diagnostic], *, unsafe: bool) -> list[Diagnostic]:
    """Return the findings that are to be mended, in order of position."""
    chosen = [each for each in found if each.fix and each.fix.edits and (unsafe or each.fix.safety is Safety.SAFE)]
    return sorted(chosen, key=_first_edit)


def _first_edit(found: Diagnostic) -> tuple[int, int, str]:
    edits = found.fix.edits if found.fix else ()
    return edits[0].span.start, edits[0].span.end, found.code


def compatible(candidates: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the findings, earlier ones first, whose fixes do not touch each other; others wait for another round."""
    chosen: list[Diagnostic] = []
    taken: list[Edit] = []
    for candidate in candidates:
        edits = candidate.fix.edits if candidate.fix else ()
        if not any(_touch(edit, other) for edit in edits for other in taken):
            chosen.append(candidate)
            taken.extend(edits)
    return chosen


def _touch(edit: Edit, other: Edit) -> bool:
    """Return whether edits overlap or meet: which of two insertions comes first is nobody's to say."""
    return edit.span.start <= other.span.end and other.span.start <= edit.span.end


def spliced(content: bytes, fixes: Iterable[Fix]) -> bytes:
    """Return the content after fixes that do not touch each other.

    Raises:
        ValueError: An edit lies outside of the content, or overlaps another.
    """
    parts = []
    end = 0
    for edit in sorted(edit for fix in fixes for edit in fix.edits):
        if not end <= edit.span.start <= edit.span.end <= len(content):
            raise ValueError(f"edit {edit} does not fit: the file has {len(content)} bytes, {end} are behind it")
        parts += [content[end : edit.span.start], edit.replacement]
        end = edit.span.end
    return b"".join([*parts, content[end:]])


def parses(content: bytes) -> bool:
    """Return whether a file is Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def splice(content: bytes, found: Sequence[Diagnostic], *, unsafe: bool) -> Spliced:
    """Apply as many fixes as go together, and only such as leave a file that is Python.

    Args:
        content: The bytes of the file.
        found: Its findings.
        unsafe: Whether fixes may change what the code does.
    """
    chosen = compatible(wanted_fixes(found, unsafe=unsafe))
    after = _together(content, chosen)
    if after is not None:
        return Spliced(after, tuple(chosen))
    good: list[Diagnostic] = []
    broken: list[Diagnostic] = []
    for candidate in chosen:
        (broken if _together(content, [*good, candidate]) is None else good).append(candidate)
    return Spliced(_together(content, good) or content, tuple(good), tuple(broken))


def _together(content: bytes, chosen: Sequence[Diagnostic]) -> bytes | None:
    """Return the content after some fixes, None if it is not Python any more."""
    try:
        after = spliced(content, (each.fix for each in chosen if each.fix))
    except ValueError:
        return None
    return after if after == content or parses(after) else None
