"""Goes down a tree quickly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import libcst as cst

_FIELDS: Final[dict[type, tuple[str, ...]]] = {}
"""The fields of each class of nodes that may hold other nodes than blanks and punctuation."""

_PUNCTUATION: Final = re.compile(
    "^__|whitespace|lines|comma|semicolon|operator|^[lr](par|bracket|brace)|equal|header|footer"
)


def parts(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield what a node consists of, without blanks, comments and punctuation.

    It is many times quicker than `children` of LibCST, which makes a copy of the node.
    """
    names = _FIELDS.get(type(node))
    if names is None:
        names = tuple(name for name in node.__dataclass_fields__ if not _PUNCTUATION.search(name))
        _FIELDS[type(node)] = names
    for name in names:
        part = getattr(node, name)
        if isinstance(part, list | tuple):
            yield from part
        elif hasattr(part, "__dataclass_fields__"):
            yield part


def nodes(top: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield a node and everything in it, however deep; in no certain order."""
    todo = [top]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(parts(node))
