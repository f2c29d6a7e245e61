"""Keeps the nodes of a graph: what is defined, what is open, what is written."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final, TypeAlias

from ci.graph.definitions import CheckDefinition, Phase, StageDefinition
from ci.graph.destination import Destination
from ci.graph.folding import fold
from ci.graph.index import Index
from ci.graph.locations import Places
from ci.graph.parts import NODES_PER_CALL, divided
from ci.graph.validation import Validation
from turboci.errors import DAGValidationError, LimitExceeded
from turboci.nodes import Nodes
from turboci.reasons import Reason, ReasonKind
from turboci.writes import NodeWrites

AnyDefinition: TypeAlias = CheckDefinition | StageDefinition
Owner: TypeAlias = asyncio.Task[object]

_OF_THE_CALL: Final = frozenset({"message", "nodes"})
"""The fields of limits that fewer nodes in one call keep; those of others are too much whatever the call."""


class Ledger(ABC):
    """Nodes that are defined in one place, and the plan that they are written to.

    Once there is a plan, an open node belongs to the task that opened it: it is that task that may still be about to
    say more, so only that task, or its end, has the node written.

    Attributes:
        index: The nodes.
        places: Where they were defined.
        said_by: The variable whose ``add_check`` and ``add_stage`` define them, for messages.
    """

    said_by: ClassVar[str]
    knows_strangers: ClassVar[bool] = False
    """Whether nodes that were defined elsewhere may stand for those of the plan with their ids."""

    def __init__(self) -> None:
        self.index: Final = Index()
        self.places: Final = Places()
        self._open: dict[AnyDefinition, Owner | None] = {}
        self._sending: dict[AnyDefinition, None] = {}
        self._owners: set[Owner] = set()
        self._commits: set[asyncio.Task[None]] = set()
        self._destination: Destination | None = None

    @property
    @abstractmethod
    def label(self) -> str:
        """What messages call the place where the nodes are defined."""

    @property
    def asynchronous(self) -> bool:
        """Whether nodes are added here by code that can await."""
        return True

    def add(self, *definitions: AnyDefinition) -> None:
        """Open nodes."""
        owner = self._owner()
        for definition in definitions:
            self.index.add(definition)
            self._open[definition] = owner

    async def commit(self, *, everything: bool = False) -> None:
        """Write the open nodes of this task and of tasks that have ended, with one call.

        Without a plan there is nothing to write to, and nothing happens.

        Args:
            everything: Write the open nodes of all tasks.

        Raises:
            DAGValidationError: They have problems; nothing was written, and they stay open.
        """
        if self._destination is not None:
            await self._write([each for each in self._open if everything or self._is_ours(each)], self._destination)

    async def admit(self, definition: AnyDefinition) -> None:
        """Write a node that was awaited: whole if anything was said about it, else only reserve it.

        Raises:
            DAGValidationError: It has problems; nothing was written.
        """
        if self._destination is None or definition not in self._open:
            return
        if definition.touched:
            await self._write([*self._open_answers(definition), definition], self._destination)
        elif isinstance(definition, CheckDefinition):
            await self._reserve(definition, self._destination)

    @property
    def count(self) -> int:
        """How many nodes are not in the plan."""
        return len(self._open) + len(self._sending)

    def reasons(self) -> Sequence[Reason]:
        """Return the nodes that are not in the plan, with the lines that define them."""
        return [
            Reason(each.ref, ReasonKind.NOT_COMMITTED, f"{each.ref} is not committed yet ({each.where})")
            for each in (*self._sending, *self._open)
        ]

    @abstractmethod
    async def _reserve(self, check: CheckDefinition, destination: Destination) -> None:
        """Open a check of which nothing was said yet."""

    async def _write(self, definitions: Sequence[AnyDefinition], destination: Destination) -> None:
        if not definitions:
            return
        validation = Validation(self, self.index, strangers=self.knows_strangers)
        unknown = validation.unknown(definitions)
        if unknown:
            known = await destination.those_of(unknown)
            validation = Validation(self, self.index, known, strangers=self.knows_strangers)
        self._require_valid(definitions, validation)
        await self._write_in_parts(definitions, destination)

    async def _write_in_parts(self, definitions: Sequence[AnyDefinition], destination: Destination) -> None:
        """Write nodes with one call, or with several if they are too many for one; after an error the rest is open."""
        waiting = deque([definitions])
        while waiting:
            part = [each for each in waiting.popleft() if each in self._open]
            pieces = divided(part) if len(part) > NODES_PER_CALL else [part]
            if len(pieces) == 1:
                try:
                    self._written(await self._send(part, destination))
                    continue
                except LimitExceeded as error:
                    pieces = divided(part)
                    if error.field not in _OF_THE_CALL or len(pieces) == 1:
                        raise
            waiting.extendleft(reversed(pieces))

    async def _send(self, definitions: Sequence[AnyDefinition], destination: Destination) -> Nodes:
        """Write nodes; they take no more settings from here on, unless it fails."""
        if not definitions:
            return Nodes()
        writes = fold(definitions, self.index)
        before = [(each, each.phase, self._open.pop(each)) for each in definitions]
        for each in definitions:
            each.phase = Phase.WRITTEN
            self._sending[each] = None
        try:
            nodes = await self._call(writes, destination)
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

    async def _call(self, writes: NodeWrites, destination: Destination) -> Nodes:
        return await destination.write(writes)

    @abstractmethod
    def _written(self, nodes: Nodes) -> None:
        """Take note of nodes that are in the plan now."""

    def _require_valid(self, definitions: Iterable[AnyDefinition], validation: Validation) -> None:
        problems = validation.problems(list(definitions))
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

    def _owner(self) -> Owner | None:
        """Return the task that opens nodes now; None in a thread and in a callback, which have none."""
        try:
            task = asyncio.current_task()
        except RuntimeError:
            return None
        if task is None:
            # What is created here begins when the callback has returned, and has said everything.
            self._commit_soon(asyncio.get_running_loop())
        elif task not in self._owners:
            self._owners.add(task)
            task.add_done_callback(self._owner_ended)
        return task

    def _owner_ended(self, owner: Owner) -> None:
        self._owners.discard(owner)
        if any(other is owner for other in self._open.values()):
            self._commit_soon(owner.get_loop())

    def _commit_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write what nobody is left to write."""
        commit = loop.create_task(self._commit_left(), name=f"commit {self.label}")
        self._commits.add(commit)
        commit.add_done_callback(self._commits.discard)

    async def _commit_left(self) -> None:
        try:
            await self.commit()
        except Exception as error:
            self._cannot_commit(error)

    @abstractmethod
    def _cannot_commit(self, error: Exception) -> None:
        """Tell of an error in nodes that nobody is left to hear of; they stay open."""
