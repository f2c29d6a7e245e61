"""One live attempt: its handler at work, and how that ends."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol, TypeAlias

from ci.port import Orchestrator
from ci.runner.answers import answer_of, answer_of_exception, answer_of_failure
from ci.runner.belongings import Belongings
from ci.runner.context import StageContext
from ci.runner.handlers import Handler, call_handler
from turboci.eager import begin
from turboci.errors import AttemptStopped, StageFailed
from turboci.executions import Answer, Execution

FLUSH_SECONDS: Final = 5.0
"""How long the answer waits for progress that was not sent yet."""

Deliver: TypeAlias = Callable[[Execution, Answer, Orchestrator], Awaitable[None]]

_log = logging.getLogger(__name__)


class Keeper(Protocol):
    """Whoever counts attempts."""

    def answered(self, attempt: LiveAttempt) -> None:
        """Take note that a handler is done, and only the answer is under way: the attempt takes no slot any more."""

    def ended(self, attempt: LiveAttempt) -> None:
        """Take note that nothing is left to do, except for a plain function that may still run."""


class LiveAttempt:
    """One attempt from its delivery to the end of its handler.

    Attributes:
        execution: What was delivered.
        deadline: Seconds since 1970 until which its answer counts, or None.
        stopped: Why it was stopped, or None.
        answer: Its answer, once it is under way; None if it was stopped.
    """

    __slots__ = (
        "_belongings", "_keeper", "_loop", "_port", "_returned", "_task", "_thread", "answer", "deadline", "execution",
        "stopped",
    )  # fmt: skip

    def __init__(
        self, execution: Execution, port: Orchestrator, keeper: Keeper, loop: asyncio.AbstractEventLoop
    ) -> None:
        """Prepare the work.

        Args:
            execution: What was delivered.
            port: What it asks and reports to.
            keeper: Is told how far it is.
            loop: Where it runs.
        """
        self.execution: Final = execution
        self.deadline: Final = None if execution.deadline is None else execution.deadline.timestamp()
        self.stopped: str | None = None
        self.answer: Answer | None = None
        self._port = port
        self._keeper = keeper
        self._loop = loop
        self._thread: threading.Thread | None = None
        self._returned: asyncio.Event | None = None
        self._belongings = Belongings(execution, port, loop, self.stop)
        self._task: asyncio.Task[Any] | None = None

    def __str__(self) -> str:
        return f"attempt {self.execution.attempt_idx} of stage {self.execution.stage_id!r}"

    @property
    def in_thread(self) -> bool:
        """Whether a plain function of it still runs, maybe after the attempt was stopped."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, handler: Handler, deliver: Deliver | None = None) -> None:
        """Begin the work: a handler that waits for nothing is done when this returns.

        Args:
            handler: The user's function.
            deliver: What to do with the answer while the attempt still counts as live.
        """
        begin(self._work(handler, deliver), self._loop, str(self))

    @property
    def task(self) -> asyncio.Task[Any] | None:
        """What works on it."""
        return self._task

    def stop(self, reason: str) -> None:
        """Stop the work; the handler is cancelled and nothing is answered. The first reason counts."""
        if self._task is None or self._task.done() or self.stopped is not None:
            return
        self.stopped = reason
        self._belongings.cancel()
        self._task.cancel()

    async def outcome(self) -> Answer:
        """Return the answer; to be cancelled meanwhile stops the attempt.

        Raises:
            AttemptStopped: It was stopped otherwise.
        """
        if self.answer is None and self._task is not None:
            try:
                await asyncio.shield(self._task)
            except asyncio.CancelledError:
                if self.stopped is None or not self._task.cancelled():
                    self.stop("the orchestrator has cancelled it")
                    raise
        if self.answer is None:
            raise AttemptStopped(f"{self} was stopped: {self.stopped}")
        return self.answer

    async def end(self) -> None:
        """Return when nothing of it runs any more, no plain function either."""
        if self._task is not None:
            await asyncio.wait({self._task})
        if self._returned is not None:
            await self._returned.wait()

    async def _work(self, handler: Handler, deliver: Deliver | None) -> None:
        # Its own word: the handler may stop the attempt before `start` has returned.
        self._task = asyncio.current_task(self._loop)
        try:
            answer = await self._answer(handler)
            if self.stopped is None:
                await self._belongings.flush(FLUSH_SECONDS)
                self.answer = answer
                # Before it is delivered: the orchestrator may send the next execution while it acknowledges this one.
                self._keeper.answered(self)
                if deliver is not None:
                    await deliver(self.execution, answer, self._port)
        except asyncio.CancelledError:
            self._belongings.cancel()
            if self.stopped is None:
                raise
        finally:
            try:
                await self._belongings.close()
            finally:
                self._keeper.ended(self)
        if self.stopped is not None:
            _log.info("%s was stopped: %s", self, self.stopped)

    async def _answer(self, handler: Handler) -> Answer:
        execution, belongings = self.execution, self._belongings
        context = StageContext(execution, self._port, belongings)
        try:
            returned = await call_handler(handler, context, self._keep_thread)
            await belongings.commit()
        except StageFailed as failure:
            return answer_of_failure(failure, execution, belongings)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if self.stopped is not None or (task is not None and task.cancelling()):
                raise
            # Nobody stopped us: the handler waited for something that was cancelled.
            return answer_of_exception(error, execution, belongings)
        except BaseException as error:
            # SystemExit, too: a handler that calls sys.exit must not end the runner.
            _log.info("%s raised %s", self, type(error).__name__, exc_info=error)
            return answer_of_exception(error, execution, belongings)
        return answer_of(returned, execution, belongings)

    def _keep_thread(self, thread: threading.Thread, returned: asyncio.Event) -> None:
        self._thread, self._returned = thread, returned
