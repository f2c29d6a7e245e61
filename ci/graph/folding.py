"""Folds the nodes of a DAG into what is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ci.graph.definitions import CheckDefinition, Definition, Phase, StageDefinition
from ci.graph.index import Index
from turboci.dependencies import DependencyGroup
from turboci.states import CheckState
from turboci.writes import CheckWrite, NodeWrites, StageWrite


def fold(definitions: Iterable[Definition], index: Index) -> NodeWrites:
    """Return the writes of `definitions`, checks and stages each in their order."""
    checks: list[CheckWrite] = []
    stages: list[StageWrite] = []
    for definition in definitions:
        if isinstance(definition, CheckDefinition):
            checks.append(_check(definition, index))
        elif isinstance(definition, StageDefinition):
            stages.append(_stage(definition, index))
    return NodeWrites(checks=tuple(checks), stages=tuple(stages))


def _check(definition: CheckDefinition, index: Index) -> CheckWrite:
    write = definition.builder.build()
    if definition.phase is Phase.RESERVED and write.state is None:
        write = replace(write, state=CheckState.PLANNED)
    group = _meant(definition, write.dependencies, index)
    return write if group is write.dependencies else replace(write, dependencies=group)


def _stage(definition: StageDefinition, index: Index) -> StageWrite:
    write = definition.builder.build()
    group = _meant(definition, write.dependencies, index)
    return write if group is write.dependencies else replace(write, dependencies=group)


def _meant(definition: Definition, group: DependencyGroup | None, index: Index) -> DependencyGroup | None:
    """Return the group with the names of steps replaced by their checks."""
    if group is None or not any(link.by_name for link in definition.links):
        return group
    meant = tuple([index.dependency(link) for link in definition.links])
    return group if meant == group.dependencies else replace(group, dependencies=meant)
