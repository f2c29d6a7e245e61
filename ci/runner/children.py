"""What a handler adds to the plan while it works: children of its stage, and checks for them to answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from ci.graph.definitions import CheckDefinition, StageDefinition
from ci.graph.destination import Destination
from ci.graph.drafts import CheckDraft, StageDraft
from ci.graph.ledger import Ledger
from ci.graph.locations import Place
from ci.port import Orchestrator
from turboci.executions import Execution
from turboci.nodes import Nodes
from turboci.states import CheckState
from turboci.writes import CheckWrite, NodeWrites, StageWrite

_log = logging.getLogger(__name__)


class Children(Ledger):
    """The nodes that one attempt adds; they are written on its behalf, and its stage is the parent of the stages.

    Nothing of a node is stored before it is whole: the attempt may be lost, and the next one says everything again.
    """

    said_by = "stage"
    knows_strangers = True

    def __init__(self, execution: Execution, port: Orchestrator) -> None:
        super().__init__()
        self._stage_id: Final = execution.stage_id
        self._plan: Final = Destination(port, execution.work_plan_id, execution.execution_id)
        self._destination = self._plan
        self._answered: frozenset[str] = frozenset()
        self._there_are_some = False

    @property
    def label(self) -> str:
        """What messages call the place where the nodes are defined."""
        return f"stage {self._stage_id!r}"

    @property
    def asynchronous(self) -> bool:
        """Whether the handler is a coroutine; a plain function, which runs in a thread, cannot await."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return False
        return True

    @property
    def are_awaited(self) -> bool:
        """Whether the stage has children that it waits for."""
        return self._there_are_some

    @property
    def answered(self) -> frozenset[str]:
        """The checks that children bring to FINAL; their parent leaves these to them."""
        return self._answered

    def check(self, id: str, place: Place) -> CheckDraft:
        """Open a check.

        Raises:
            EmptyIdError: `id` is empty.
            InvalidArgument: `id` is not an id.
        """
        definition = CheckDefinition(self, id, place)
        self.add(definition)
        return CheckDraft(definition, self)

    def stage(self, id: str, place: Place) -> StageDraft:
        """Open a child.

        Raises:
            EmptyIdError: `id` is empty.
            InvalidArgument: `id` is not an id.
        """
        definition = StageDefinition(self, id, place)
        definition.builder.parent(self._stage_id)
        self.add(definition)
        return StageDraft(definition, self)

    async def write(self, checks: Sequence[CheckWrite], stages: Sequence[StageWrite]) -> Nodes:
        """Write nodes as they are given."""
        return await self._call(NodeWrites(checks=tuple(checks), stages=tuple(stages)), self._plan)

    async def finish(self) -> None:
        """Write everything that is still open: the handler has ended well.

        Raises:
            DAGValidationError: It has problems.
        """
        while self._commits:
            await asyncio.wait(self._commits)
        if self._open:
            await self.commit(everything=True)

    def drop(self) -> None:
        """Forget everything that is still open: the handler has failed, or was stopped."""
        if self._open:
            dropped = ", ".join(str(each.ref) for each in self._open)
            _log.warning("%s did not end well; what it had not committed is dropped: %s", self.label, dropped)
            self._open.clear()

    async def _reserve(self, check: CheckDefinition, destination: Destination) -> None:
        """Store nothing yet."""

    async def _call(self, writes: NodeWrites, destination: Destination) -> Nodes:
        nodes = await destination.write(writes)
        children = [stage for stage in writes.stages if stage.parent_stage_id == self._stage_id]
        self._there_are_some |= bool(children)
        self._answered |= {
            assignment.target_check_id
            for child in children
            for assignment in child.assignments
            if assignment.goal_state is CheckState.FINAL
        }
        return nodes

    def _written(self, nodes: Nodes) -> None:
        """Keep nothing: handlers ask for the nodes that they want to see."""

    def _cannot_commit(self, error: Exception) -> None:
        """Leave it to `finish`, which tries again."""
        _log.info("%s cannot write yet what one of its tasks has left open: %s", self.label, error)
