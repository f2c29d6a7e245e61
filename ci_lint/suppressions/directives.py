"""What a comment asks to hide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from ci_lint.deferred import deferred
from ci_lint.files import SourceText
from ci_lint.suppressions.comments import Comment

if TYPE_CHECKING:
    import difflib
else:
    difflib = deferred("difflib")

WORDS: Final = ("ignore", "ignore-file")
_OURS: Final = re.compile(
    r"(?<!\S)#\s*ci-lint\s*:\s*(?P<word>[A-Za-z][\w-]*)?[ \t]*(?P<list>\[(?P<codes>[^\]#]*)(?P<close>\])?)?"
)
_NOQA: Final = re.compile(
    r"(?i)(?<!\S)#\s*noqa(?:(?P<colon>\s*:)\s*(?P<codes>[A-Z][A-Z0-9]*\d(?:[\s,]+[A-Z]+\d+)*))?(?![\w-])"
)
_CODE: Final = re.compile(r"(?i)\bCI\d")
_ITEM: Final = re.compile(r"[^\s,](?:[^,]*[^\s,])?")
_NOQA_CODE: Final = re.compile(r"[A-Za-z]+\d+")


class Scope(Enum):
    """How far a directive reaches."""

    LINE = auto()
    FILE = auto()


@dataclass(frozen=True, slots=True)
class Item:
    """One code or name in a directive.

    Attributes:
        text: As it is written.
        start: Its first byte in the file.
        end: The byte after its last.
    """

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Directive:
    """What one part of a comment asks for.

    Attributes:
        comment: Where it stands.
        start: The byte of its ``#``.
        end: The byte after it; text behind it is not part of it.
        word: What it calls itself: ``ignore``, ``ignore-file``, ``noqa`` or something unknown; empty for nothing.
        items: What it names; empty for all rules (``noqa``) or for a mistake (ours).
        closed: Whether its list has both brackets; always so for ``noqa``.
    """

    comment: Comment
    start: int
    end: int
    word: str
    items: tuple[Item, ...]
    closed: bool = True

    @property
    def scope(self) -> Scope:
        """How far it reaches."""
        return Scope.FILE if self.word == "ignore-file" else Scope.LINE

    @property
    def is_ours(self) -> bool:
        """Whether it is written for this linter alone."""
        return self.word != "noqa"


def directives_of(comment: Comment, text: SourceText) -> Iterator[Directive]:
    """Yield what a comment asks for, in order."""
    for match in _OURS.finditer(comment.text):
        if _is_prose(match):
            continue
        items = _items(match, _ITEM, comment, text)
        closed = match["close"] is not None
        yield Directive(comment, *_bytes(match.span(), comment, text), match["word"] or "", items, closed)
    for match in _NOQA.finditer(comment.text):
        items = _items(match, _NOQA_CODE, comment, text)
        yield Directive(comment, *_bytes(match.span(), comment, text), "noqa", items)


def _is_prose(match: re.Match[str]) -> bool:
    """Return whether a comment only talks about the linter: it neither lists nor names rules, and asks for nothing."""
    if match["list"] is not None or difflib.get_close_matches(match["word"] or "", WORDS):
        return False
    return _CODE.search(match.string, match.end()) is None


def _items(match: re.Match[str], pattern: re.Pattern[str], comment: Comment, text: SourceText) -> tuple[Item, ...]:
    if match["codes"] is None:
        return ()
    offset = match.start("codes")
    found = []
    for item in pattern.finditer(match["codes"]):
        span = (offset + item.start(), offset + item.end())
        found.append(Item(item[0], *_bytes(span, comment, text)))
    return tuple(found)


def _bytes(span: tuple[int, int], comment: Comment, text: SourceText) -> tuple[int, int]:
    """Return where characters of a comment stand in the file."""
    first, second = (comment.start + len(comment.text[:index].encode(text.encoding, "replace")) for index in span)
    return first, second
