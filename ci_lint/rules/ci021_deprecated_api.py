"""CI021: a name that will go away."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

import libcst as cst

from ci_lint.facts import Call, Facts
from ci_lint.findings import Fix, Safety
from ci_lint.problems import DEPRECATED_API
from ci_lint.reading.positions import Positions
from ci_lint.rules.base import Finding, Rule, code
from ci_lint.rules.mending import replace


def check(facts: Facts) -> Iterator[Finding]:
    """Find calls of what the table says is deprecated."""
    for call in facts.calls:
        instead = call.signature.instead
        if instead:
            owner = call.signature.owner
            name = f"{owner}.{call.signature.name}" if owner and owner != call.signature.name else call.signature.name
            message = DEPRECATED_API.text(call=name, instead=instead)
            mend = partial(_mend, call, instead) if instead.isidentifier() else None
            yield Finding(call.node.func, message, mend=mend)


def _mend(call: Call, instead: str, positions: Positions) -> Fix | None:
    """Write the other name, if it is written out and takes the same arguments."""
    func = call.node.func
    name = func.attr if isinstance(func, cst.Attribute) else None
    if name is None or name.value != call.signature.name:
        return None
    return replace(positions, positions.span(name), instead, f"write {instead}", Safety.SAFE)


RULE: Final = Rule(
    problem=DEPRECATED_API,
    default=True,
    what="A call of something that the documentation calls deprecated. At present nothing is.",
    why="It will be gone in a later release.",
    fix="Writes the new name, if that takes the same arguments. Safe.",
    invalid=(),
    valid=(
        code(
            """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            """
        ),
    ),
    check=check,
)
