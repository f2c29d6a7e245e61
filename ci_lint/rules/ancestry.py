"""What stands around a node. It is worked out for files about which a rule asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from typing import Final

import libcst as cst

from ci_lint.facts import Facts
from ci_lint.reading.index import index_of
from ci_lint.reading.tree import nodes
from ci_lint.rules.base import Finding

EXPECTING: Final = frozenset(
    {
        "raises",
        "assertRaises",
        "assertRaisesRegex",
        "warns",
        "assertWarns",
        "assertWarnsRegex",
        "suppress",
        "deprecated_call",
    }
)
"""Context managers whose block is meant to go wrong, by the last part of their name; ``patch`` counts anywhere."""

_ERRORS: Final = frozenset({"EmptyIdError", "InvalidArgument", "DAGValidationError", "CIError", "ValueError"})


def ancestors(module: cst.Module, node: cst.CSTNode) -> list[cst.CSTNode]:
    """Return what stands around a node, from the inside to the module."""
    above = index_of(module).parents
    found = []
    current = above.get(id(node))
    while current is not None:
        found.append(current)
        current = above.get(id(current))
    return found


def parent(module: cst.Module, node: cst.CSTNode) -> cst.CSTNode | None:
    """Return what a node is a part of."""
    return index_of(module).parents.get(id(node))


def stands_in(node: cst.CSTNode, outer: cst.CSTNode) -> bool:
    """Return whether a node is a part of another one, however deep."""
    return node is not outer and any(each is node for each in nodes(outer))


def is_expected_to_fail(facts: Facts, node: cst.CSTNode) -> bool:
    """Return whether a node stands in a block that is meant to go wrong.

    Such as ``with pytest.raises(...)``, or ``try`` with an ``except`` for what a mistake raises.
    """
    return id(node) in _expected_to_fail(facts)


@lru_cache(maxsize=1)
def _expected_to_fail(facts: Facts) -> frozenset[int]:
    """Return all that stands in blocks that are meant to go wrong, by identity; it is looked for once."""
    found: set[int] = set()
    for block in facts.blocks:
        if isinstance(block, cst.With):
            if any(_expects(item.item) for item in block.items):
                found.update(map(id, nodes(block)))
        elif any(_catches(handler) for handler in block.handlers):
            found.update(map(id, nodes(block.body)))
    return frozenset(found)


def unless_expected(check: Callable[[Facts], Iterator[Finding]]) -> Callable[[Facts], Iterator[Finding]]:
    """Let a rule be silent where code is meant to go wrong."""

    @wraps(check)
    def find(facts: Facts) -> Iterator[Finding]:
        return (each for each in check(facts) if not is_expected_to_fail(facts, each.node))

    return find


def _catches(handler: cst.ExceptHandler) -> bool:
    """Return whether it is for what a mistake in a definition raises."""
    caught = handler.type
    kinds = [each.value for each in caught.elements] if isinstance(caught, cst.Tuple) else [caught]
    names = [each.attr if isinstance(each, cst.Attribute) else each for each in kinds]
    return any(isinstance(name, cst.Name) and name.value in _ERRORS for name in names)


def _expects(manager: cst.BaseExpression) -> bool:
    called = manager.func if isinstance(manager, cst.Call) else manager
    parts: list[str] = []
    while isinstance(called, cst.Attribute):
        parts.append(called.attr.value)
        called = called.value
    if isinstance(called, cst.Name):
        parts.append(called.value)
    return bool(parts) and (parts[0] in EXPECTING or "patch" in parts)
