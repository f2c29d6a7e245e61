"""Folds the nodes of a DAG into what is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ci.graph.definitions import CheckDefinition, Definition, Phase, StageDefinition
from ci.graph.index import Index
from turboci.dependencies import DependencyGroup
from turboci.nodes import Assignment
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
    return replace(write, dependencies=_group(definition, index)) if definition.links else write


def _stage(definition: StageDefinition, index: Index) -> StageWrite:
    write = definition.builder.build()
    group = _group(definition, index) if definition.links else None
    if definition.check is not None:
        return replace(write, assignments=_of_step(definition.check, write.assignments), dependencies=group)
    return write if group is None else replace(write, dependencies=group)


def _of_step(check: CheckDefinition, more: tuple[Assignment, ...]) -> tuple[Assignment, ...]:
    """Return the assignments of a step: its check, unless more was said about that, and others."""
    said = {each.target_check_id: each for each in (Assignment(check.ref.id), *more)}
    return tuple(said.values())


def _group(definition: Definition, index: Index) -> DependencyGroup:
    """Return what a node waits for, the names of steps replaced by their checks."""
    meant = tuple([index.dependency(link) for link in definition.links])
    return DependencyGroup(definition.predicate, meant, definition.threshold)
