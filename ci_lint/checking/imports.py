"""Which modules a file may import, from its bytes: quick, and rather one too many than one too few."""

from __future__ import annotations

import re
from typing import Final

_KEYWORD: Final = re.compile(rb"import\b")
_FROM: Final = re.compile(rb"\bfrom[ \t]+([.\w]+)[ \t]*(?:\\\r?\n)?[ \t]*\Z")
_BARE: Final = re.compile(rb"(?:^|[;:])[ \t\f]*\Z")
_REST: Final = re.compile(rb"[ \t]*(?:\([^)]*\)|(?:\\\r?\n|[^\r\n;#])*)")
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_MODULE: Final = re.compile(r"(?:^|,)[\s\\]*([A-Za-z_][\w.]*)")
_COMMENT: Final = re.compile(r"#[^\r\n]*")
_FARTHEST: Final = 300
"""Bytes before an ``import`` within which its ``from`` stands."""


def imports_of(content: bytes) -> tuple[str, ...]:
    """Return what a file may import, sorted: dotted names, with dots in front where they are relative.

    What follows an ``import`` may be a module or a name in one; both are returned.
    """
    found: set[str] = set()
    for match in _KEYWORD.finditer(content):
        before = content[max(0, match.start() - _FARTHEST) : match.start()]
        line = before[max(before.rfind(b"\n"), before.rfind(b"\r")) + 1 :]
        source = _FROM.search(before) if b"from" in before else None
        if source is None and _BARE.search(line) is None:
            continue
        rest = _REST.match(content, match.end())
        said = rest[0].decode("utf-8", "replace") if rest else ""
        found.update(_MODULE.findall(said) if source is None else _named(source[1].decode("utf-8", "replace"), said))
    return tuple(sorted(found))


def _named(base: str, said: str) -> list[str]:
    """Return the module after ``from``, and what stands after ``import`` as if it were modules in it."""
    separator = "" if base.endswith(".") else "."
    return [base, *(f"{base}{separator}{name}" for name in _NAME.findall(_COMMENT.sub("", said)))]
