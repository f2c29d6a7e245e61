"""Feeds everybody who waits for a plan from one stream of its events."""

from __future__ import annotations

import asyncio
import copy
import logging
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from contextlib import aclosing, asynccontextmanager
from itertools import islice
from typing import Any, Final, TypeVar

from ci.port import Orchestrator
from ci.workflow.errors import WorkflowStalled
from ci.workflow.explaining import explain_first, open_nodes
from ci.workflow.knowledge import Knowledge, final_nodes
from ci.workflow.pace import Backoff, Pace
from ci.workflow.uncommitted import NothingUncommitted, Reminder, Uncommitted
from ci.workflow.waiters import AnyNode, Listener, Waiters
from turboci.dependencies import NodeKind, NodeRef
from turboci.errors import CIError, NotFound, OrchestratorUnavailable, PositionExpired, ServiceError
from turboci.events import Event, EventFilter
from turboci.nodes import Nodes
from turboci.reasons import ReasonKind
from turboci.states import CheckState, StageState

T = TypeVar("T")

logger: Final = logging.getLogger("ci")

BATCH: Final = 500
"""Nodes that are fetched with one call."""
ENDS: Final = EventFilter(
    check_states=frozenset({CheckState.FINAL}), stage_states=frozenset({StageState.FINAL}), bookmarks=True
)


class PlanWatcher:
    """Watches one plan while somebody waits for it.

    A stream says which nodes are FINAL; those that somebody waits for are fetched in batches. A stream that breaks is
    resumed where it ended; when it is silent, a query now and then finds what it failed to say, and whether the plan
    stands still.

    Args:
        port: The orchestrator.
        work_plan_id: The plan.
        known: All nodes of the plan as of some moment, or None.
        uncommitted: Nodes that are about to join the plan.
        pace: How patiently.
    """

    def __init__(
        self,
        port: Orchestrator,
        work_plan_id: str,
        *,
        known: Nodes | None = None,
        uncommitted: Uncommitted | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._port = port
        self._plan = work_plan_id
        self._uncommitted = NothingUncommitted() if uncommitted is None else uncommitted
        self._pace = pace or Pace()
        self._reminder = Reminder(work_plan_id, self._uncommitted, self._pace)
        self._knowledge = Knowledge()
        self._waiters = Waiters()
        self._due: dict[NodeRef, None] = {}
        self._fetch_wanted = asyncio.Event()
        self._users = 0
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._told: set[str] = set()
        if known is not None:
            self._knowledge.start_with(known)

    async def node(self, ref: NodeRef, timeout: float | None = None) -> AnyNode:
        """Return a node as soon as it is FINAL.

        Raises:
            TimeoutError: It is not, after `timeout` seconds.
            WorkflowStalled: It will not be.
            NotFound: There is no such plan.
            OrchestratorUnavailable: The orchestrator cannot be reached for a long time.
        """
        future = self._waiters.add_node(ref)
        try:
            async with self.watching():
                if self._knowledge.is_final(ref):
                    self._fetch(ref)
                return await _within(future, timeout)
        finally:
            self._waiters.drop_node(ref, future)

    async def completion(self, timeout: float | None = None) -> None:
        """Return as soon as every node is FINAL; see `node` for the errors."""
        future = self._waiters.add_completion()
        try:
            async with self.watching():
                self._tell_completion()
                await _within(future, timeout)
        finally:
            self._waiters.drop_completion(future)

    @property
    def complete(self) -> bool:
        """Whether every node was FINAL when the plan was last heard of."""
        return self._knowledge.complete

    def written(self, nodes: Nodes) -> None:
        """Take note of nodes that were written: if one of them is open, earlier completion is no news any more."""
        self._knowledge.written(nodes)

    def fail(self, error: Exception) -> None:
        """Give an error to everybody who waits, a copy to each: whoever raises it adds to it."""
        self._waiters.fail(lambda: copy.copy(error) if isinstance(error, CIError) else error)

    def listen(self, ref: NodeRef, listener: Listener) -> None:
        """Call `listener` once, with the FINAL node, as long as the plan is being watched."""
        self._waiters.listen(ref, listener)
        if self._knowledge.is_final(ref):
            self._fetch(ref)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch the plan until the block ends, or longer if somebody waits."""
        self._users += 1
        self._start()
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                await self._stop()

    def _start(self) -> None:
        if self._tasks and not any(task.done() for task in self._tasks):
            return
        for task in self._tasks:
            task.cancel()
        self._tasks = tuple(
            asyncio.create_task(self._guard(work), name=f"watch {self._plan}")
            for work in (self._follow, self._fetch_due, self._patrol)
        )

    async def _stop(self) -> None:
        tasks, self._tasks = self._tasks, ()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    async def _guard(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
        except Exception as error:
            self.fail(error)

    async def _follow(self) -> None:
        """Read the stream, and resume it when it breaks."""
        backoff = Backoff(self._pace)
        while True:
            try:
                if self._knowledge.position is None:
                    await self._look_at_everything()
                await self._hear_all(backoff)
                broken: ServiceError = OrchestratorUnavailable("orchestrator", "ended the stream")
            except PositionExpired:
                self._knowledge.position = None
                continue
            except NotFound:
                raise
            except ServiceError as error:
                broken = error
            self._say(f"the events of work plan {self._plan!r} broke off and will be resumed: {broken}")
            await backoff.failed(broken)

    async def _hear_all(self, backoff: Backoff) -> None:
        """Read one stream to its end, and leave it: the orchestrator would go on sending to nobody."""
        stream = self._port.watch(self._plan, after_sequence=self._knowledge.position, only=ENDS)
        async with aclosing(stream) as events:
            async for event in events:
                backoff.succeeded()
                self._hear(event)

    def _hear(self, event: Event) -> None:
        ended = self._knowledge.hear(event)
        if ended is not None and self._waiters.wants(ended):
            self._fetch(ended)
        self._tell_completion()

    def _tell_completion(self) -> None:
        if self._knowledge.complete and self._waiters.completion_wanted and not self._uncommitted.count:
            self._waiters.complete()

    def _fetch(self, ref: NodeRef) -> None:
        self._due[ref] = None
        self._fetch_wanted.set()

    async def _fetch_due(self) -> None:
        """Fetch the FINAL nodes that somebody waits for; what becomes due during one call goes into the next."""
        backoff = Backoff(self._pace)
        while True:
            await self._fetch_wanted.wait()
            self._fetch_wanted.clear()
            while self._due:
                batch = list(islice(self._due, BATCH))
                try:
                    nodes = await self._query(batch)
                except OrchestratorUnavailable as error:
                    await backoff.failed(error)
                    continue
                backoff.succeeded()
                for ref in batch:
                    self._due.pop(ref, None)
                self._knowledge.see(nodes)
                self._deliver(nodes)

    async def _patrol(self) -> None:
        """Look at the plan while it is silent."""
        silence = 0.0
        wait = self._pace.quiet
        while True:
            heard = self._knowledge.heard
            self._reminder.look()
            await asyncio.sleep(min(wait, self._pace.warn) if self._uncommitted.count else wait)
            silence += wait
            if self._knowledge.heard != heard or await self._found_news(silence):
                silence, wait = 0.0, self._pace.quiet
            else:
                wait = min(wait * 2, self._pace.longest)

    async def _found_news(self, silence: float) -> bool:
        try:
            return await self._look() or await self._stands_still(silence)
        except NotFound:
            raise
        except ServiceError as error:
            logger.debug("cannot look at work plan %r: %s", self._plan, error)
            return False

    async def _look(self) -> bool:
        """Look at what somebody waits for; return whether there was news."""
        if len(self._waiters.refs) > BATCH or (
            self._waiters.completion_wanted and not await open_nodes(self._port, self._plan, 1)
        ):
            return await self._look_at_everything()
        nodes = await self._query(self._waiters.refs)
        news = self._knowledge.see(nodes)
        self._deliver(nodes)
        return news

    async def _look_at_everything(self) -> bool:
        nodes = await self._port.query_nodes(self._plan)
        news = self._knowledge.see_everything(nodes)
        self._deliver(nodes)
        self._tell_completion()
        return news

    async def _query(self, refs: Collection[NodeRef]) -> Nodes:
        if not refs:
            return Nodes()
        checks = [ref.id for ref in refs if ref.kind is NodeKind.CHECK]
        stages = [ref.id for ref in refs if ref.kind is NodeKind.STAGE]
        return await self._port.query_nodes(
            self._plan,
            check_ids=checks,
            stage_ids=stages,
            include_checks=bool(checks),
            include_stages=bool(stages),
        )

    def _deliver(self, nodes: Nodes) -> None:
        for node in final_nodes(nodes):
            self._waiters.deliver(node)

    async def _stands_still(self, silence: float) -> bool:
        """Fail everybody if nothing under way can complete the plan; return whether it is so."""
        if not self._waiters:
            return False
        if self._uncommitted.count:
            return False
        explanation = await explain_first(self._port, self._plan)
        if explanation.stalled:
            self._waiters.fail(lambda: WorkflowStalled(self._plan, explanation.reasons))
            return True
        if silence >= self._pace.warn:
            for reason in explanation.reasons:
                if reason.kind is ReasonKind.NO_RUNNER:
                    self._say(str(reason))
        return False

    def _say(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            logger.warning("%s", text)


async def _within(future: asyncio.Future[T], timeout: float | None) -> T:
    """Return the result of `future`; never cancels it.

    Raises:
        TimeoutError: It is not there after `timeout` seconds.
    """
    await asyncio.wait((future,), timeout=timeout)
    if not future.done():
        raise TimeoutError
    return future.result()
