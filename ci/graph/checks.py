"""Checks of a DAG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from ci.graph.definitions import CheckDefinition
from ci.graph.locations import here
from ci.graph.targets import GraphNode, Target, group_of, links_to
from turboci.dependencies import NodeKind, Predicate
from turboci.states import CheckState


class CheckSettings:
    """What can be said about a check; every call returns the object that it was made on.

    Example:
        def nightly(check: ci.CheckSettings) -> None:
            check.option("nightly", True).depends_on("plan")
    """

    __slots__ = ()

    _definition: CheckDefinition

    def kind(self, kind: str, /) -> Self:
        """Say what kind of check it is; runners see it.

        Raises:
            NodeWritten: The check is in the plan.
        """
        self._changing("kind").builder.kind(kind)
        return self

    def state(self, state: CheckState, /) -> Self:
        """Write it in `state`; without this it is PLANNED, complete as it stands.

        Raises:
            NodeWritten: The check is in the plan.
        """
        self._changing("state").builder.state(state)
        return self

    def option(self, key: str, value: object, /) -> Self:
        """Set one option.

        Raises:
            InvalidArgument: `value` is not JSON.
            NodeWritten: The check is in the plan.
        """
        self._changing("option").builder.option(key, value)
        return self

    def options(self, options: Mapping[str, object], /) -> Self:
        """Set several options; others stay.

        Raises:
            InvalidArgument: A value is not JSON.
            NodeWritten: The check is in the plan.
        """
        self._changing("options").builder.options(options)
        return self

    def external(self) -> Self:
        """Say that a person or another system answers it; a plan that waits for that is not stalled.

        Raises:
            NodeWritten: The check is in the plan.
        """
        self._changing("external").builder.external()
        return self

    def depends_on(self, *targets: Target) -> Self:
        """Wait for all of `targets`, and for those of earlier calls; a plain string is a check id.

        Raises:
            EmptyIdError: An id is empty.
            InvalidArgument: Something is no node, or the check has dependencies of another predicate.
            NodeWritten: The check is in the plan.
        """
        links = links_to(targets, NodeKind.CHECK, "depends_on", self._definition.at(here()))
        self._changing("depends_on").depend(group_of(Predicate.AND, links), links)
        return self

    def depends_on_any(self, *targets: Target) -> Self:
        """Wait for one of `targets` and of those of earlier calls; a plain string is a check id.

        Raises:
            EmptyIdError: An id is empty.
            InvalidArgument: Something is no node, or the check has dependencies of another predicate.
            NodeWritten: The check is in the plan.
        """
        links = links_to(targets, NodeKind.CHECK, "depends_on_any", self._definition.at(here()))
        self._changing("depends_on_any").depend(group_of(Predicate.OR, links), links)
        return self

    def depends_on_at_least(self, k: int, /, *targets: Target) -> Self:
        """Wait for `k` of `targets`; a plain string is a check id.

        Raises:
            EmptyIdError: An id is empty.
            InvalidArgument: Something is no node, `k` is not 1 to their number, or the check has other dependencies.
            NodeWritten: The check is in the plan.
        """
        links = links_to(targets, NodeKind.CHECK, "depends_on_at_least", self._definition.at(here()))
        self._changing("depends_on_at_least").depend(group_of(Predicate.AT_LEAST, links, k), links)
        return self

    def _changing(self, setting: str) -> CheckDefinition:
        self._definition.change(setting)
        return self._definition


class CheckNode(CheckSettings, GraphNode):
    """A check of a DAG: something that is to be found out.

    Example:
        >>> from ci import DAG
        >>> dag = DAG("release")
        >>> plan = dag.check("plan").kind("plan")
        >>> dag.check("build").depends_on(plan)
        <CheckNode 'build'>
    """

    __slots__ = ()

    _definition: CheckDefinition

    def __init__(self, definition: CheckDefinition) -> None:
        super().__init__(definition)
