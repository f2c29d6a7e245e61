"""Handles: the futures of nodes."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from ci.identity import Unique
from ci.workflow.waiters import AnyNode
from turboci.dependencies import Dependency, NodeRef
from turboci.errors import InvalidState
from turboci.nodes import Check, Stage

R_co = TypeVar("R_co", covariant=True, bound=AnyNode)


@dataclass(frozen=True, slots=True)
class Origin:
    """How handles reach the plan that they came from.

    Attributes:
        wait: Returns a node as soon as it is FINAL.
        late: Says why a node is not after so many seconds.
    """

    wait: Callable[[NodeRef, float | None], Awaitable[AnyNode]]
    late: Callable[[NodeRef, float], Awaitable[str]]


class Handle(Unique, ABC, Generic[R_co]):
    """A node that will be FINAL some time; awaiting it returns it then.

    Attributes:
        id: Its id.

    Example:
        async def show(handle: ci.Handle[ci.Check]) -> None:
            node = await handle
            print(node.id, node.outcome)
    """

    def __init__(self, ref: NodeRef, origin: Origin) -> None:
        self.id: str = ref.id
        self._ref = ref
        self._origin = origin
        self._node: R_co | None = None
        self._callbacks: list[Callable[[R_co], None]] = []

    @property
    def ref(self) -> NodeRef:
        """Its name within the plan."""
        return self._ref

    def as_dependency(self) -> Dependency:
        """Return the edge that its success satisfies."""
        return self._ref.succeeded

    def __await__(self) -> Generator[Any, None, R_co]:
        return self.wait().__await__()

    async def wait(self, *, timeout: float | None = None) -> R_co:
        """Wait until the node is FINAL; return it, whatever its outcome.

        Args:
            timeout: Seconds; None waits as long as it takes.

        Raises:
            TimeoutError: It is not FINAL after `timeout`; the text says why.
            WorkflowStalled: Nothing that is under way can bring it there.
        """
        if self._node is None:
            self.ended(await self._origin.wait(self._ref, timeout))
        return self.result()

    async def why_late(self, timeout: float) -> str:
        """Return why the node is not FINAL after so many seconds; what a TimeoutError says."""
        return await self._origin.late(self._ref, timeout)

    def done(self) -> bool:
        """Return whether the node is known to be FINAL."""
        return self._node is not None

    def result(self) -> R_co:
        """Return the node.

        Raises:
            InvalidState: It is not known to be FINAL.
        """
        if self._node is None:
            raise InvalidState(str(self._ref), "is not FINAL yet", hint="await the handle, or look at done() first")
        return self._node

    def on_complete(self, fn: Callable[[R_co], None], /) -> None:
        """Call `fn` with the node once it is FINAL; soon if it is already."""
        if self._node is None:
            self._callbacks.append(fn)
        else:
            asyncio.get_running_loop().call_soon(fn, self._node)

    def ended(self, node: AnyNode) -> None:
        """Take note that the node is FINAL; the workflow calls it."""
        if self._node is not None:
            return
        self._node = self._typed(node)
        callbacks, self._callbacks = self._callbacks, []
        for fn in callbacks:
            # Through the loop, so that an error in one of them is reported and harms nothing else.
            asyncio.get_running_loop().call_soon(fn, self._node)

    @abstractmethod
    def _typed(self, node: AnyNode) -> R_co:
        """Return the node as what it is."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id!r} {'done' if self.done() else 'waiting'}>"


class CheckHandle(Handle[Check]):
    """The future of a check.

    Example:
        build = await wf.define_check("build", kind="build")
        check = await build.wait(timeout=300)
    """

    def _typed(self, node: AnyNode) -> Check:
        assert isinstance(node, Check)
        return node


class StageHandle(Handle[Stage]):
    """The future of a stage.

    Example:
        deploy = await wf.define_stage("deploy", runner="deployer", assigns="deployed")
        stage = await deploy
    """

    def _typed(self, node: AnyNode) -> Stage:
        assert isinstance(node, Stage)
        return node


AnyHandle: TypeAlias = CheckHandle | StageHandle
