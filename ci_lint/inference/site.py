"""Where an object comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import libcst as cst  # summaries of modules are kept by code that has no need of a parser


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A call that makes an object of `ci`, as long as it is certain which one: the same site is the same object.

    Methods that return their receiver keep its site, so a fluent chain and a variable speak of one object.

    Attributes:
        node: The call, such as ``dag.check("build")``; a parameter that is such an object; or an attribute that makes
            one, such as ``build.finished``.
        made_by: What it was called on, if that is a certain object too: the DAG of a node, the node of a condition.
        method: The name of what was called, such as ``check`` or ``DAG``; empty if that is no call of `ci`.
        id: The id that was given, if it is certain.
    """

    node: cst.CSTNode = field(repr=False)
    made_by: Site | None
    method: str
    id: str | None
