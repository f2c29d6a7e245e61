"""How messages call what a rule speaks of."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

import libcst as cst

from ci_lint.facts import Argument, Call, Defined, Facts
from ci_lint.inference.site import Site
from ci_lint.reading.positions import Positions
from ci_lint.rules.nodes import Named, said_to

_LONGEST: Final = 40
_GROUPS: Final = ("depends_on", "depends_on_any", "depends_on_at_least", "depends_on_checks", "depends_on_stages")


def subject(call: Call) -> str:
    """Return what a call says something about, such as ``check 'build'``."""
    node = said_to(call)
    if node is not None:
        return node.label
    owner = call.receiver.cls.name if call.receiver is not None else ""
    for kind in ("check", "stage"):
        if owner.lower().startswith(kind) or kind in call.signature.name or call.signature.defines == kind:
            return f"this {kind}"
    return "this group" if call.signature.name in _GROUPS else "this node"


def object_of(argument: Argument, node: Named | None) -> str:
    """Return what an argument names, such as ``check 'build'``."""
    if node is not None and node.id is not None:
        return node.label
    return code_of(argument.node.value)


def dag_label(facts: Facts, dag: Site) -> str:
    """Return what messages call a DAG."""
    names = [each.text for call in facts.calls if call.node is dag.node for each in call.arguments]
    return f"DAG {names[0]!r}" if names and names[0] else "the DAG"


def code_of(node: cst.BaseExpression) -> str:
    """Return the code of an expression, or dots if it is long."""
    if isinstance(node, (cst.Name, cst.Attribute, cst.SimpleString, cst.List, cst.Tuple, cst.Set, cst.Call)):
        code = cst.Module([]).code_for_node(node.with_changes(lpar=(), rpar=())).strip()
        if len(code) <= _LONGEST and "\n" not in code:
            return code
    return "..."


def line_of(node: cst.CSTNode, positions: Positions) -> str:
    """Return ``line 4``."""
    return f"line {bisect_right(positions.text.line_starts, positions.span(node).start)}"


def label_of(event: Defined) -> str:
    """Return what messages call a node that was defined."""
    kind = "check" if event.kind == "check" else "stage"
    return f"{kind} {event.id!r}" if event.id is not None else f"this {kind}"


def kind_of(argument: Argument) -> str:
    """Return what the id of an argument is the id of."""
    return "runner type" if argument.parameter.names == "runner" else argument.parameter.names
