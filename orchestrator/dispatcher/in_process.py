"""Runners that work in the process of the orchestrator: called directly, no socket between."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from orchestrator.dispatcher.caller import AnswerInvalid, DeliveryLost, NotDelivered, RunnerCaller
from orchestrator.service.routes import IN_PROCESS
from turboci.errors import AttemptStopped, RunnerUnavailable
from turboci.executions import Acceptance, Answer, Execution


class Hosted(Protocol):
    """A runner of this process, bound to the orchestrator that it reports to."""

    async def run(self, execution: Execution, /) -> Answer:
        """Execute a SYNC attempt."""
        ...

    async def run_async(self, execution: Execution, /) -> Acceptance:
        """Take an ASYNC attempt."""
        ...

    async def cancel(self, execution_id: str, reason: str, /) -> None:
        """Stop an ASYNC attempt."""
        ...


class InProcessCaller:
    """Calls hosted runners directly, and hands every other address on.

    Implements `RunnerCaller`.
    """

    def __init__(self, beyond: RunnerCaller) -> None:
        self._beyond: Final = beyond
        self._hosted: Final[dict[str, Hosted]] = {}

    def add(self, address: str, runner: Hosted) -> None:
        """Let executions for `address`, which begins with `IN_PROCESS`, go to this runner."""
        self._hosted[address] = runner

    def remove(self, address: str) -> None:
        """Forget a runner."""
        self._hosted.pop(address, None)

    async def run(self, address: str, execution: Execution, *, timeout: float) -> Answer:
        """Execute a SYNC attempt, as `RunnerCaller.run` says."""
        if not address.startswith(IN_PROCESS):
            return await self._beyond.run(address, execution, timeout=timeout)
        try:
            async with asyncio.timeout(timeout):
                return await self._runner(address).run(execution)
        except RunnerUnavailable as error:
            raise NotDelivered(str(error)) from error
        except TimeoutError as error:
            raise DeliveryLost("the runner gave no answer in time") from error
        except AttemptStopped as error:
            raise DeliveryLost(str(error)) from error
        except Exception as error:
            raise AnswerInvalid(f"the runner raised {type(error).__name__}: {error}") from error

    async def run_async(self, address: str, execution: Execution, *, timeout: float) -> Acceptance:
        """Offer an ASYNC attempt, as `RunnerCaller.run_async` says."""
        if not address.startswith(IN_PROCESS):
            return await self._beyond.run_async(address, execution, timeout=timeout)
        try:
            async with asyncio.timeout(timeout):
                return await self._runner(address).run_async(execution)
        except RunnerUnavailable as error:
            raise NotDelivered(str(error)) from error
        except Exception as error:
            raise DeliveryLost(f"the runner raised {type(error).__name__}: {error}") from error

    async def cancel(self, address: str, execution_id: str, reason: str, *, timeout: float) -> None:
        """Ask a runner to stop an ASYNC attempt, as `RunnerCaller.cancel` says."""
        if not address.startswith(IN_PROCESS):
            await self._beyond.cancel(address, execution_id, reason, timeout=timeout)
        elif address in self._hosted:
            await self._hosted[address].cancel(execution_id, reason)

    def _runner(self, address: str) -> Hosted:
        runner = self._hosted.get(address)
        if runner is None:
            raise RunnerUnavailable(f"runner {address.removeprefix(IN_PROCESS)!r}", "has left")
        return runner
