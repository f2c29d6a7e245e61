"""From a node that did not succeed to the one that it all began with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from ci.workflow.result import WorkflowResult
from turboci.dependencies import DependencyGroup, NodeKind, NodeRef
from turboci.nodes import Check, Stage
from turboci.states import ConcludedReason, Outcome

AnyNode: TypeAlias = Check | Stage


class Causes:
    """Which nodes of a plan ended as they did because of others."""

    def __init__(self, result: WorkflowResult) -> None:
        self._result: Final = result
        self._answering: Final[defaultdict[str, list[Stage]]] = defaultdict(list)
        self._children: Final[defaultdict[str, list[Stage]]] = defaultdict(list)
        for stage in result.stages.values():
            for assignment in stage.assignments:
                self._answering[assignment.target_check_id].append(stage)
            if stage.parent_stage_id:
                self._children[stage.parent_stage_id].append(stage)

    def workers(self, node: AnyNode) -> Sequence[Stage]:
        """Return the stages whose attempts say most about a node: itself, or those that ended their check so."""
        if isinstance(node, Stage):
            return (node,)
        return [stage for stage in self._answering[node.id] if stage.outcome is node.outcome]

    def speaker(self, node: AnyNode) -> AnyNode:
        """Return the node that people are told of: a check instead of a stage that ended the same."""
        if isinstance(node, Stage):
            for assignment in node.assignments:
                check = self._result.checks.get(assignment.target_check_id)
                if check is not None and check.outcome is node.outcome:
                    return check
        return node

    def of(self, node: AnyNode) -> Iterator[AnyNode]:
        """Yield the nodes that made `node` end so; none if it was its own doing."""
        if node.outcome is Outcome.FAILED:
            for worker in self.workers(node):
                if worker.concluded_reason is ConcludedReason.GROUP_FAILED:
                    yield from self._failed_children(worker)
        elif node.outcome is Outcome.SKIPPED:
            yield from self._unsatisfied(node.dependencies)
            for worker in self.workers(node):
                yield from self._unsatisfied(worker.dependencies)
                for check in self._answered_by(worker):
                    yield from self._unsatisfied(check.dependencies)

    def chain(self, node: AnyNode) -> list[AnyNode]:
        """Return what `node` goes back to, step by step, the root last; empty if it was its own doing."""
        seen = {node.ref}
        found: list[AnyNode] = []
        current: AnyNode | None = node
        while current is not None:
            causes = (self.speaker(each) for each in self.of(current))
            current = next((each for each in causes if each.ref not in seen), None)
            if current is not None:
                seen.add(current.ref)
                found.append(current)
        return found

    def _failed_children(self, stage: Stage) -> Iterable[Stage]:
        return (child for child in self._children[stage.id] if child.outcome in {Outcome.FAILED, Outcome.CANCELLED})

    def _answered_by(self, stage: Stage) -> Iterator[Check]:
        for assignment in stage.assignments:
            check = self._result.checks.get(assignment.target_check_id)
            if check is not None:
                yield check

    def _unsatisfied(self, group: DependencyGroup) -> Iterator[AnyNode]:
        """Yield the targets that ended otherwise than `group` needs."""
        for edge in group.dependencies:
            target = self._find(edge.target)
            if target is not None and target.outcome is not None and not edge.when.accepts(target.outcome):
                yield target

    def _find(self, ref: NodeRef) -> AnyNode | None:
        return self._result.checks.get(ref.id) if ref.kind is NodeKind.CHECK else self._result.stages.get(ref.id)
