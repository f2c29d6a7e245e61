"""Whether nodes of the model wait for each other."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from tests.stress.model import Model
from turboci.dependencies import NodeRef
from turboci.states import CheckState, StageState


def waits_in_a_circle(model: Model) -> bool:
    """Return whether a node that is not FINAL waits for itself, on whatever way round."""
    waiting = [node for node, it in model.now.nodes.items() if it.outcome is None]
    graph = {node: [target for target in _waited_for(model, node) if target in waiting] for node in waiting}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        return True
    return False


def _waited_for(model: Model, node: NodeRef) -> Iterator[NodeRef]:
    it = model.now.nodes[node]
    if it.state is CheckState.PLANNED or it.state is StageState.PLANNED:
        yield from (edge.target for edge in model.groups[node].dependencies)
    if node not in model.stages:
        yield from model.answering(node)
        return
    yield from (child for child, plan in model.stages.items() if plan.parent == node)
    if it.state is not StageState.PLANNED:
        return
    own = model.stages[node].answers
    for check in own:
        if check in model.now.nodes and model.now.nodes[check].state is CheckState.PLANNED:
            yield from (edge.target for edge in model.groups[check].dependencies if edge.target not in own)
