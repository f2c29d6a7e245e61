"""All that a rule can look at in one file."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

from ci_lint.facts.call import Call
from ci_lint.facts.graph import Graph
from ci_lint.inference.site import Site
from ci_lint.table.table import Table


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What inference found in one file.

    Attributes:
        module: The tree.
        table: What `ci` offers.
        calls: Every call that certainly is one of `ci`, in the order of the code.
        graphs: Every DAG that is made in the file, in the order of the code.
        text: The code.
        blocks: Every ``with`` and ``try`` statement.
        escaped: Objects that go where nobody follows them: into an unknown call, a container, another function.
        externals: Calls of the standard library that inference understands, and what they call.
    """

    module: cst.Module
    table: Table
    calls: tuple[Call, ...]
    graphs: tuple[Graph, ...]
    text: str = ""
    blocks: tuple[cst.With | cst.Try, ...] = ()
    escaped: frozenset[Site] = frozenset()
    externals: dict[cst.Call, str] = field(default_factory=dict)
