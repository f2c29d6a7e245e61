"""What stands where in a tree: one walk, which all that ask share."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import Final

import libcst as cst

from ci_lint.reading.tree import parts


class Index:
    """What one walk over a tree finds; all rules share it.

    Attributes:
        parents: The parent of every node, by the identity of the node.
        names: Where each name stands, whatever it is there.
    """

    def __init__(self, module: cst.Module) -> None:
        self.parents: Final[dict[int, cst.CSTNode]] = {}
        self.names: Final[defaultdict[str, list[cst.Name]]] = defaultdict(list)
        todo: list[cst.CSTNode] = [module]
        while todo:
            node = todo.pop()
            if type(node) is cst.Name:
                self.names[node.value].append(node)
                continue
            inner = parts(node)
            for child in inner:
                self.parents[id(child)] = node
            todo += inner


@lru_cache(maxsize=1)
def index_of(module: cst.Module) -> Index:
    """Return the index of a module; it is made when somebody first asks."""
    return Index(module)
