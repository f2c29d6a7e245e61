"""What stands around a node. It is worked out for files that have findings only."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import libcst as cst

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
"""Context managers whose block is meant to go wrong, by the last part of their name."""


@lru_cache(maxsize=1)
def parents(module: cst.Module) -> dict[int, cst.CSTNode]:
    """Return the parent of every node, by the identity of the node."""
    found: dict[int, cst.CSTNode] = {}
    todo: list[cst.CSTNode] = [module]
    while todo:
        node = todo.pop()
        for child in node.children:
            found[id(child)] = node
            todo.append(child)
    return found


def ancestors(module: cst.Module, node: cst.CSTNode) -> list[cst.CSTNode]:
    """Return what stands around a node, from the inside to the module."""
    above = parents(module)
    found = []
    current = above.get(id(node))
    while current is not None:
        found.append(current)
        current = above.get(id(current))
    return found


def parent(module: cst.Module, node: cst.CSTNode) -> cst.CSTNode | None:
    """Return what a node is a part of."""
    return parents(module).get(id(node))


def stands_in(module: cst.Module, node: cst.CSTNode, outer: cst.CSTNode) -> bool:
    """Return whether a node is a part of another one, however deep."""
    return any(each is outer for each in ancestors(module, node))


def is_expected_to_fail(module: cst.Module, node: cst.CSTNode) -> bool:
    """Return whether a node stands in a block that is meant to go wrong, such as ``with pytest.raises(...)``."""
    return any(
        isinstance(each, cst.With) and any(_expects(item.item) for item in each.items)
        for each in ancestors(module, node)
    )


def _expects(manager: cst.BaseExpression) -> bool:
    called = manager.func if isinstance(manager, cst.Call) else manager
    name = called.attr if isinstance(called, cst.Attribute) else called
    return isinstance(name, cst.Name) and name.value in EXPECTING
