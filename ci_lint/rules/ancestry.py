"""What stands around a node. It is worked out for files about which a rule asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Final

import libcst as cst

from ci_lint.facts import Facts
from ci_lint.reading.index import index_of
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


def stands_in(module: cst.Module, node: cst.CSTNode, outer: cst.CSTNode) -> bool:
    """Return whether a node is a part of another one, however deep."""
    return any(each is outer for each in ancestors(module, node))


def is_expected_to_fail(module: cst.Module, node: cst.CSTNode) -> bool:
    """Return whether a node stands in a block that is meant to go wrong.

    Such as ``with pytest.raises(...)``, or ``try`` with an ``except`` for what a mistake raises.
    """
    inner = node
    for each in ancestors(module, node):
        if isinstance(each, cst.With) and any(_expects(item.item) for item in each.items):
            return True
        if isinstance(each, cst.Try) and each.body is inner and any(_catches(handler) for handler in each.handlers):
            return True
        inner = each
    return False


def unless_expected(check: Callable[[Facts], Iterator[Finding]]) -> Callable[[Facts], Iterator[Finding]]:
    """Let a rule be silent where code is meant to go wrong."""

    @wraps(check)
    def find(facts: Facts) -> Iterator[Finding]:
        return (each for each in check(facts) if not is_expected_to_fail(facts.module, each.node))

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
