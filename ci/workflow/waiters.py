"""Who waits for what in a plan."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from typing import TypeAlias

from turboci.dependencies import NodeRef
from turboci.nodes import Check, Stage

AnyNode: TypeAlias = Check | Stage
Listener: TypeAlias = Callable[[AnyNode], None]


class Waiters:
    """The futures of one plan: one for each wait, grouped by node, and those for the whole plan."""

    def __init__(self) -> None:
        self._nodes: dict[NodeRef, set[asyncio.Future[AnyNode]]] = {}
        self._completion: set[asyncio.Future[None]] = set()
        self._listeners: dict[NodeRef, list[Listener]] = {}

    def __bool__(self) -> bool:
        """Whether somebody waits; listeners do not."""
        return bool(self._nodes or self._completion)

    @property
    def refs(self) -> Collection[NodeRef]:
        """The nodes that somebody waits for or listens to."""
        return self._nodes.keys() | self._listeners.keys()

    def wants(self, ref: NodeRef) -> bool:
        """Return whether somebody waits for a node or listens to it."""
        return ref in self._nodes or ref in self._listeners

    @property
    def completion_wanted(self) -> bool:
        """Whether somebody waits for the whole plan."""
        return bool(self._completion)

    def add_node(self, ref: NodeRef) -> asyncio.Future[AnyNode]:
        """Return a future of the FINAL node."""
        future: asyncio.Future[AnyNode] = asyncio.get_running_loop().create_future()
        self._nodes.setdefault(ref, set()).add(future)
        return future

    def add_completion(self) -> asyncio.Future[None]:
        """Return a future of the completion."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._completion.add(future)
        return future

    def drop_node(self, ref: NodeRef, future: asyncio.Future[AnyNode]) -> None:
        """Forget a wait."""
        _look_at(future)
        group = self._nodes.get(ref)
        if group is not None:
            group.discard(future)
            if not group:
                del self._nodes[ref]

    def drop_completion(self, future: asyncio.Future[None]) -> None:
        """Forget a wait."""
        self._completion.discard(future)
        _look_at(future)

    def listen(self, ref: NodeRef, listener: Listener) -> None:
        """Call `listener` once, with the FINAL node."""
        self._listeners.setdefault(ref, []).append(listener)

    def deliver(self, node: AnyNode) -> None:
        """Answer those who wait for a node."""
        for listener in self._listeners.pop(node.ref, ()):
            listener(node)
        for future in self._nodes.pop(node.ref, ()):
            if not future.done():
                future.set_result(node)

    def complete(self) -> None:
        """Answer those who wait for the whole plan."""
        for future in self._completion:
            if not future.done():
                future.set_result(None)
        self._completion.clear()

    def fail(self, make: Callable[[], Exception]) -> None:
        """Give everybody an error of their own."""
        for future in self._all():
            if not future.done():
                future.set_exception(make())
        self._nodes.clear()
        self._completion.clear()

    def _all(self) -> Iterable[asyncio.Future[AnyNode] | asyncio.Future[None]]:
        for group in self._nodes.values():
            yield from group
        yield from self._completion


def _look_at(future: asyncio.Future[AnyNode] | asyncio.Future[None]) -> None:
    """Look at the error of a wait that was given up, or asyncio would complain."""
    if future.done() and not future.cancelled():
        future.exception()
