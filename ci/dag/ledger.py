"""Keeps the nodes of a DAG, and executes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from ci.dag.cancelling import cancel_for
from ci.dag.limits import Limits
from ci.dag.sending import HeldPlan
from ci.graph.definitions import CheckDefinition, Phase
from ci.graph.destination import Destination
from ci.graph.ledger import AnyDefinition, Ledger, Owner
from ci.graph.parts import NODES_PER_CALL
from ci.graph.validation import Validation
from ci.port import HostedRunner, Orchestrator
from turboci.errors import DAGValidationError, InvalidState, LimitExceeded
from turboci.ids import new_id
from turboci.nodes import Nodes
from turboci.problems import EMPTY_DAG, Problem
from turboci.states import CheckState
from turboci.writes import CheckWrite, NodeWrites

logger: Final = logging.getLogger("ci")


class DAGLedger(Ledger):
    """The nodes of one DAG, and the plan that they are written to.

    Attributes:
        name: Of the DAG; may be empty.
        key: Makes creating its plan idempotent.
    """

    said_by = "dag"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name: Final = name
        self.key: str = new_id()
        self._unhosted: list[HostedRunner] = []
        self._reserving: dict[AnyDefinition, asyncio.Future[None]] = {}
        self._plan = ""
        self._launching = False
        self._on_written: Callable[[Nodes], None] = lambda _nodes: None
        self._on_failed: Callable[[Exception], None] = lambda _error: None

    @property
    def plan(self) -> str:
        """The id of the plan; empty as long as there is none."""
        return self._plan

    @property
    def label(self) -> str:
        """What messages call the DAG."""
        return f"DAG {self.name!r}" if self.name else "the DAG"

    def host(self, runner: HostedRunner) -> None:
        """Have a runner of this process work for the DAG from its next write on."""
        self._unhosted.append(runner)

    def validate(self) -> None:
        """Look for problems in everything that is not written yet.

        Raises:
            DAGValidationError: There are some.
        """
        if not self._open and self._destination is None:
            text = EMPTY_DAG.text(dag=self.label)
            raise DAGValidationError(self.label, [Problem(EMPTY_DAG.code, "", text, "")])
        self._require_valid(self._open, Validation(self, self.index))

    async def launch(self, port: Orchestrator, limits: Limits) -> tuple[str, Nodes]:
        """Create the plan and write all nodes: with one call, or, if they are many, with several while it is held.

        Nodes that turn out to be too large for one call are written to another plan, which is held. A plan that was
        only partly written is cancelled.

        Returns:
            The id of the plan, and its nodes.

        Raises:
            InvalidState: The DAG was executed before.
            DAGValidationError: It has problems; nothing was written.
        """
        if self._launching:
            raise InvalidState(self.label, "was executed before", hint="a DAG is executed once; build a new one")
        self.validate()
        held = len(self._open) > NODES_PER_CALL
        try:
            return await self._launch(port, limits, held=held)
        except LimitExceeded as error:
            if held or len(self._open) == 1:
                raise
            # Nothing of it was written, so that the next plan is the only one.
            await self._give_up(error, port, "its nodes are too large for one call; another plan gets them")
        return await self._launch(port, limits, held=True)

    async def _launch(self, port: Orchestrator, limits: Limits, *, held: bool) -> tuple[str, Nodes]:
        definitions = list(self._open)
        self._launching = True
        try:
            plan = await port.create_work_plan(
                {"name": self.name} if self.name else {},
                idempotency_key=self.key,
                deadline=limits.moment(),
                fail_fast=limits.fail_fast,
                held=held,
            )
            self._plan, self._destination = plan.id, Destination(port, plan.id)
            nodes = await self._send(definitions, HeldPlan(port, plan.id) if held else self._destination)
        except BaseException as error:
            self._launching, self._destination = False, None
            if held and self._plan:
                await self._give_up(error, port)
            raise
        return plan.id, nodes

    def attach(self, on_written: Callable[[Nodes], None], on_failed: Callable[[Exception], None]) -> None:
        """Tell somebody about every later write, and about nodes that a task has left behind and that are wrong."""
        self._on_written, self._on_failed = on_written, on_failed

    async def _give_up(self, error: BaseException, port: Orchestrator, reason: str = "") -> None:
        """Cancel a plan that does not have all nodes; the next try makes another one."""
        plan, self._plan, self.key = self._plan, "", new_id()
        await cancel_for(error, port, plan, reason)

    async def _reserve(self, check: CheckDefinition, destination: Destination) -> None:
        """Store a check as PLANNING, so that its id is taken and others can see it."""
        self._require_valid([check], Validation(self, self.index))
        planning = CheckWrite(id=check.ref.id, state=CheckState.PLANNING)
        # Before the write, and whatever becomes of it: from here on its state has to be said.
        check.phase = Phase.RESERVED
        reserved = self._reserving[check] = asyncio.get_running_loop().create_future()
        try:
            self._written(await destination.write(NodeWrites(checks=(planning,))))
        finally:
            reserved.set_result(None)
            del self._reserving[check]

    async def _write(self, definitions: Sequence[AnyDefinition], destination: Destination) -> None:
        """Write nodes; a check that is just being stored as PLANNING is written after that."""
        while under_way := [self._reserving[each] for each in definitions if each in self._reserving]:
            await asyncio.wait(under_way)
        await super()._write(definitions, destination)

    async def _call(self, writes: NodeWrites, destination: Destination) -> Nodes:
        while self._unhosted:
            await destination.port.host(self._unhosted[0])
            del self._unhosted[0]
        return await destination.write(writes)

    def _written(self, nodes: Nodes) -> None:
        self._on_written(nodes)

    def _owner(self) -> Owner | None:
        return super()._owner() if self._launching else None

    def _cannot_commit(self, error: Exception) -> None:
        """Tell those who wait for the plan."""
        logger.error("nodes that a task has left open cannot be written: %s", error)
        self._on_failed(error)
