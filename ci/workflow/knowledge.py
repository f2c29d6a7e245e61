"""What is known about a plan from its events and from looking at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ci.workflow.waiters import AnyNode
from turboci.dependencies import NodeKind, NodeRef
from turboci.events import CheckChanged, Event, PlanCompleted, StageChanged
from turboci.nodes import Nodes
from turboci.states import CheckState, StageState


class Knowledge:
    """Which nodes are FINAL, and up to which event that is known.

    Attributes:
        position: The last event that was seen; None: the plan has to be looked at first.
        heard: How many events were seen.
    """

    def __init__(self) -> None:
        self.position: int | None = None
        self.heard: int = 0
        self._final: set[NodeRef] = set()
        self._written_at = 0
        self._completed_at = 0

    @property
    def complete(self) -> bool:
        """Whether every node is FINAL, as far as is known."""
        return self._completed_at > self._written_at

    def is_final(self, ref: NodeRef) -> bool:
        """Return whether a node is FINAL."""
        return ref in self._final

    def hear(self, event: Event) -> NodeRef | None:
        """Learn from an event; return the node that it says is FINAL."""
        self.heard += 1
        self.position = event.sequence
        if isinstance(event, PlanCompleted):
            self._completed_at = event.sequence
            return None
        if isinstance(event, CheckChanged):
            ref, final = NodeRef(NodeKind.CHECK, event.check_id), event.new_state is CheckState.FINAL
        elif isinstance(event, StageChanged):
            ref, final = NodeRef(NodeKind.STAGE, event.stage_id), event.new_state is StageState.FINAL
        else:
            return None
        if not final:
            return None
        self._final.add(ref)
        return ref

    def see(self, nodes: Nodes) -> bool:
        """Learn from some nodes; return whether it was news."""
        before = len(self._final)
        self._final.update(node.ref for node in final_nodes(nodes))
        return len(self._final) > before

    def see_everything(self, nodes: Nodes) -> bool:
        """Learn from all nodes of the plan; return whether it was news."""
        news = self.see(nodes)
        if self.position is None:
            self.position = nodes.sequence
        # An orchestrator that does not number its events says 0; what it shows has to be believed.
        if _all_final(nodes) and (not nodes.sequence or nodes.sequence >= self._written_at):
            news |= not self.complete
            self._completed_at = max(nodes.sequence, self._written_at + 1)
        return news

    def start_with(self, nodes: Nodes) -> None:
        """Learn from the nodes that make up a new plan: events are of interest after they were written."""
        self.written(nodes)
        if nodes.sequence and not _all_final(nodes):
            self.position = nodes.sequence

    def written(self, nodes: Nodes) -> None:
        """Learn from nodes that were written: if one of them is open, earlier completion is no news any more."""
        self.see(nodes)
        if not _all_final(nodes):
            self._written_at = max(self._written_at, nodes.sequence or self._completed_at)


def final_nodes(nodes: Nodes) -> Iterator[AnyNode]:
    """Yield those that are FINAL."""
    yield from (check for check in nodes.checks if check.state is CheckState.FINAL)
    yield from (stage for stage in nodes.stages if stage.state is StageState.FINAL)


def _all_final(nodes: Nodes) -> bool:
    """Return whether there are nodes, and none that is open."""
    count = len(nodes.checks) + len(nodes.stages)
    return count > 0 and _count(final_nodes(nodes)) == count


def _count(items: Iterable[object]) -> int:
    return sum(1 for _ in items)
