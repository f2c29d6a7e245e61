"""Tells from the bytes of a file whether it can hold an object of `ci`: most cannot, and are never parsed."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Glance:
    """A question about the bytes of a file; equal questions have equal answers, which may be kept.

    Attributes:
        package: The top-level package that is looked for.
        words: The last names of modules that hand out its objects.
        always: Whether the answer is yes whatever the bytes are: the pre-filter is off.
    """

    package: str
    words: frozenset[str] = frozenset()
    always: bool = False

    def holds(self, data: bytes) -> bool:
        """Return whether the file may import one of them."""
        return self.always or may_import(data, self.package) or may_name(data, self.words)


def may_import(data: bytes, package: str) -> bool:
    """Return whether `data` may import the top-level package `package`.

    It may say yes where a parser would say no, such as in a comment; never the other way round.
    """
    if package.encode() not in data:
        return False
    return _import_of(package).search(data) is not None


def may_name(data: bytes, words: Collection[str]) -> bool:
    """Return whether `data` may import a module whose dotted name ends with one of `words`.

    A relative import of the package itself, ``from . import x``, names none of them and counts.
    """
    return bool(words) and _naming(frozenset(words)).search(data) is not None


_BLANK = rb"(?:[ \t\f]|\\\r?\n|\\\r)"
_END = rb"(?=[\s.,;#\\(]|$)"


@cache
def _import_of(package: str) -> re.Pattern[bytes]:
    name = re.escape(package.encode()) + _END
    statement = rb"(?:import" + _BLANK + rb"+(?:[\w., \t\f]|\\\r?\n|\\\r)*?(?<![\w.])" + name + rb")"
    source = rb"(?:from" + _BLANK + rb"+" + name + rb")"
    literal = rb"(?:(?:import_module|__import__)\s*\(\s*[rRuU]?[\"']" + re.escape(package.encode()) + rb"[\"'.])"
    return re.compile(rb"(?<![\w.])(?:" + statement + rb"|" + source + rb")|" + literal)


@cache
def _naming(words: frozenset[str]) -> re.Pattern[bytes]:
    names = b"|".join(re.escape(word.encode()) for word in sorted(words))
    return re.compile(rb"(?<!\w)(?:(?:" + names + rb")(?!\w)|from" + _BLANK + rb"+\.)")
