"""Reads how users name the nodes of a plan."""

from __future__ import annotations

from typing import Protocol

from turboci.dependencies import Dependency, NodeKind, NodeRef
from turboci.errors import InvalidArgument
from turboci.ids import require_id


class Named(Protocol):
    """A node of a DAG, or a handle."""

    @property
    def ref(self) -> NodeRef:
        """Its name within the plan."""
        ...

    def as_dependency(self) -> Dependency:
        """Return the edge that it stands for."""
        ...


def ref_of(what: Named | NodeRef | str, kind: NodeKind) -> NodeRef:
    """Return the name of a node of that kind; a step is its check where a check is wanted.

    Raises:
        EmptyIdError: The id is empty.
        InvalidArgument: It is of the other kind.
    """
    if isinstance(what, str):
        return NodeRef(kind, require_id(what, kind.value))
    ref = any_ref_of(what)
    if ref.kind is not kind and not isinstance(what, NodeRef):
        ref = what.as_dependency().target
    if ref.kind is not kind:
        raise InvalidArgument(str(ref), f"is no {kind.value}", hint=f"give a {kind.value}, its reference or its id")
    return ref


def any_ref_of(what: Named | NodeRef | str) -> NodeRef:
    """Return the name of a node of either kind; a plain string is a check id.

    Raises:
        EmptyIdError: The id is empty.
        InvalidArgument: It is not an id.
    """
    if isinstance(what, str):
        return NodeRef(NodeKind.CHECK, require_id(what, "check"))
    return what if isinstance(what, NodeRef) else what.ref
