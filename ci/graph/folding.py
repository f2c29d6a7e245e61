"""Folds the nodes of a DAG into what is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ci.graph.definitions import CheckDefinition, Definition, Phase, StageDefinition
from ci.graph.index import Index
from ci.helpers import assigns
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
    return replace(write, dependencies=_group(definition, index)) if definition.links else write


def _stage(definition: StageDefinition, index: Index) -> StageWrite:
    write = definition.builder.build()
    if definition.check is not None:
        own = assigns(definition.check.ref.id)
        said = {each.target_check_id: each for each in (own, *write.assignments)}
        write = replace(write, assignments=tuple(said.values()))
    return replace(write, dependencies=_group(definition, index)) if definition.links else write


def _group(definition: Definition, index: Index) -> DependencyGroup:
    """Return what a node waits for, the names of steps replaced by their checks."""
    meant = tuple([index.dependency(link) for link in definition.links])
    return DependencyGroup(definition.predicate, meant, definition.threshold)
