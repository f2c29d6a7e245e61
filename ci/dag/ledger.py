"""Keeps the nodes of a DAG: what is defined, what is open, what is written."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from ci.dag.cancelling import cancel_for
from ci.dag.definitions import CheckDefinition, Phase, StageDefinition
from ci.dag.folding import fold
from ci.dag.index import Index
from ci.dag.limits import Limits
from ci.dag.locations import line_of
from ci.dag.sending import NODES_PER_CALL, send_in_pieces
from ci.dag.validation import Validation
from ci.port import HostedRunner, Orchestrator
from turboci.dependencies import NodeKind, NodeRef
from turboci.errors import DAGValidationError, InvalidState
from turboci.ids import new_id
from turboci.nodes import Nodes
from turboci.problems import EMPTY_DAG, Problem
from turboci.states import CheckState
from turboci.writes import CheckWrite, NodeWrites

logger: Final = logging.getLogger("ci")

AnyDefinition = CheckDefinition | StageDefinition


class Ledger:
    """The nodes of one DAG, and the plan that they are written to.

    Once the DAG runs, an open node belongs to the task that opened it: it is that task that may still be about to say
    more, so only that task, or its end, has the node written.

    Attributes:
        name: Of the DAG; may be empty.
        index: Its nodes.
        key: Makes creating its plan idempotent.
    """

    def __init__(self, name: str) -> None:
        self.name: Final = name
        self.index: Final = Index()
        self.key: str = new_id()
        self._open: dict[AnyDefinition, asyncio.Task[object] | None] = {}
        self._sending: dict[AnyDefinition, None] = {}
        self._owners: set[asyncio.Task[object]] = set()
        self._commits: set[asyncio.Task[None]] = set()
        self._unhosted: list[HostedRunner] = []
        self._port: Orchestrator | None = None
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

    def add(self, *definitions: AnyDefinition) -> None:
        """Open nodes."""
        owner = self._current_task() if self._launching else None
        for definition in definitions:
            self.index.add(definition)
            self._open[definition] = owner

    def host(self, runner: HostedRunner) -> None:
        """Have a runner of this process work for the DAG from its next write on."""
        self._unhosted.append(runner)

    def validate(self) -> None:
        """Look for problems in everything that is not written yet.

        Raises:
            DAGValidationError: There are some.
        """
        if not self._open and self._port is None:
            text = EMPTY_DAG.text(dag=self.label)
            raise DAGValidationError(self.label, [Problem(EMPTY_DAG.code, "", text, "")])
        self._require_valid(list(self._open), Validation(self, self.index))

    async def launch(self, port: Orchestrator, limits: Limits) -> tuple[str, Nodes]:
        """Create the plan and write all nodes: with one call, or, if they are many, with several while it is held.

        A plan that was only partly written is cancelled.

        Returns:
            The id of the plan, and its nodes.

        Raises:
            InvalidState: The DAG was executed before.
            DAGValidationError: It has problems; nothing was written.
        """
        if self._launching:
            raise InvalidState(self.label, "was executed before", hint="a DAG is executed once; build a new one")
        self.validate()
        definitions = list(self._open)
        held = len(definitions) > NODES_PER_CALL
        metadata = {"name": self.name} if self.name else {}
        self._launching = True
        try:
            plan = await port.create_work_plan(
                metadata,
                idempotency_key=self.key,
                deadline=limits.moment(),
                fail_fast=limits.fail_fast,
                held=held,
            )
            self._port, self._plan = port, plan.id
            nodes = await self._send(definitions, port, held=held)
        except BaseException as error:
            self._launching, self._port = False, None
            if held and self._plan:
                await self._give_up(error, port)
            raise
        return plan.id, nodes

    def attach(self, on_written: Callable[[Nodes], None], on_failed: Callable[[Exception], None]) -> None:
        """Tell somebody about every later write, and about nodes that a task has left behind and that are wrong."""
        self._on_written, self._on_failed = on_written, on_failed

    async def commit(self, *, everything: bool = False) -> None:
        """Write the open nodes of this task and of tasks that have ended, with one call.

        Before the DAG is executed there is nothing to write to, and nothing happens.

        Args:
            everything: Write the open nodes of all tasks.

        Raises:
            DAGValidationError: They have problems; nothing was written, and they stay open.
        """
        if self._port is not None:
            await self._write([each for each in self._open if everything or self._is_ours(each)])

    async def admit(self, definition: AnyDefinition) -> None:
        """Write a node that was awaited: whole if anything was said about it, else only reserve it.

        Raises:
            DAGValidationError: It has problems; nothing was written.
        """
        if self._port is None or definition not in self._open:
            return
        if definition.touched:
            await self._write([*self._open_answers(definition), definition])
        elif isinstance(definition, CheckDefinition):
            await self._reserve(definition, self._port)

    def held(self) -> Sequence[str]:
        """Return the nodes that are not written, with the lines that define them."""
        return [f"{each.ref} ({line_of(each.place)})" for each in (*self._sending, *self._open)]

    async def _reserve(self, check: CheckDefinition, port: Orchestrator) -> None:
        self._require_valid([check], Validation(self, self.index))
        nodes = await port.write_nodes(self._plan, checks=(CheckWrite(id=check.ref.id, state=CheckState.PLANNING),))
        check.phase = Phase.RESERVED
        self._on_written(nodes)

    async def _write(self, definitions: Sequence[AnyDefinition]) -> None:
        if not definitions or self._port is None:
            return
        port = self._port
        validation = Validation(self, self.index)
        unknown = validation.unknown(definitions)
        if unknown:
            validation = Validation(self, self.index, await self._in_plan(unknown, port))
        self._require_valid(definitions, validation)
        nodes = await self._send([each for each in definitions if each in self._open], port)
        self._on_written(nodes)

    async def _give_up(self, error: BaseException, port: Orchestrator) -> None:
        """Cancel a plan that was only partly written; the next try makes another one."""
        plan, self._plan, self.key = self._plan, "", new_id()
        await cancel_for(error, port, plan)

    async def _send(self, definitions: Sequence[AnyDefinition], port: Orchestrator, *, held: bool = False) -> Nodes:
        """Write nodes; they take no more settings from here on, unless it fails."""
        if not definitions:
            return Nodes()
        writes = fold(definitions, self.index)
        before = [(each, each.phase, self._open.pop(each)) for each in definitions]
        for each in definitions:
            each.phase = Phase.WRITTEN
            self._sending[each] = None
        try:
            nodes = await self._call(writes, port, held=held)
        except BaseException:
            for each, phase, owner in before:
                each.phase = phase
                self._open[each] = owner
            raise
        finally:
            for each in definitions:
                del self._sending[each]
        for each in definitions:
            self.index.settle(each)
        return nodes

    async def _call(self, writes: NodeWrites, port: Orchestrator, *, held: bool) -> Nodes:
        while self._unhosted:
            await port.host(self._unhosted[0])
            del self._unhosted[0]
        if not held:
            return await port.write_nodes(self._plan, checks=writes.checks, stages=writes.stages)
        nodes = await send_in_pieces(port, self._plan, writes)
        await port.release_work_plan(self._plan)
        return nodes

    async def _in_plan(self, refs: Iterable[NodeRef], port: Orchestrator) -> set[NodeRef]:
        """Return those of `refs` that the plan has: runners add nodes too."""
        checks = [ref.id for ref in refs if ref.kind is NodeKind.CHECK]
        stages = [ref.id for ref in refs if ref.kind is NodeKind.STAGE]
        nodes = await port.query_nodes(
            self._plan,
            check_ids=checks,
            stage_ids=stages,
            include_checks=bool(checks),
            include_stages=bool(stages),
        )
        return {check.ref for check in nodes.checks} | {stage.ref for stage in nodes.stages}

    def _require_valid(self, definitions: Sequence[AnyDefinition], validation: Validation) -> None:
        problems = validation.problems(definitions)
        if problems:
            raise DAGValidationError(self.label, problems)

    def _open_answers(self, definition: AnyDefinition) -> list[AnyDefinition]:
        if not isinstance(definition, StageDefinition):
            return []
        answered = {self.index.target(link) for link in definition.answers}
        return [each for each in self._open if each in answered]

    def _is_ours(self, definition: AnyDefinition) -> bool:
        owner = self._open[definition]
        return owner is None or owner.done() or owner is asyncio.current_task()

    def _current_task(self) -> asyncio.Task[object] | None:
        try:
            task = asyncio.current_task()
        except RuntimeError:
            return None
        if task is not None and task not in self._owners:
            self._owners.add(task)
            task.add_done_callback(self._owner_ended)
        return task

    def _owner_ended(self, owner: asyncio.Task[object]) -> None:
        self._owners.discard(owner)
        if any(other is owner for other in self._open.values()):
            commit = owner.get_loop().create_task(self._commit_left(), name=f"commit {self.label}")
            self._commits.add(commit)
            commit.add_done_callback(self._commits.discard)

    async def _commit_left(self) -> None:
        try:
            await self.commit()
        except Exception as error:
            logger.error("nodes that a task has left open cannot be written: %s", error)
            self._on_failed(error)
