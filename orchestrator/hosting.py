"""Runners of this process: registered like any other, called without a socket."""

from __future__ import annotations

import asyncio
from typing import Final, Generic, Protocol, TypeVar

from orchestrator.dispatcher.in_process import InProcessCaller
from orchestrator.service.routes import IN_PROCESS
from turboci.executions import Acceptance, Answer, Execution
from turboci.ids import new_id
from turboci.runners import RunnerRegistration
from turboci.states import ExecutionMode

P_contra = TypeVar("P_contra", contravariant=True)
P = TypeVar("P")

HOSTED_TTL: Final = 10 * 365 * 86_400
"""Seconds; a hosted runner lives as long as the process, and is forgotten at the next start."""


class HostedRunner(Protocol[P_contra]):
    """What a runner must do to be hosted; it reports to a port of type `P_contra`."""

    @property
    def runner_id(self) -> str:
        """Its id."""
        ...

    @property
    def runner_type(self) -> str:
        """What kind of stages it takes."""
        ...

    @property
    def supported_modes(self) -> tuple[ExecutionMode, ...]:
        """How it may be called."""
        ...

    @property
    def max_concurrent(self) -> int:
        """Attempts at the same time; 0 is no limit."""
        ...

    async def run(self, execution: Execution, port: P_contra) -> Answer:
        """Execute a SYNC attempt."""
        ...

    async def run_async(self, execution: Execution, port: P_contra) -> Acceptance:
        """Take an ASYNC attempt."""
        ...

    async def cancel(self, execution_id: str, reason: str) -> None:
        """Stop an ASYNC attempt."""
        ...

    async def drain(self, grace: float) -> None:
        """Refuse new attempts, let the live ones finish for `grace` seconds, then cancel them."""
        ...


class _Bound(Generic[P]):
    """A runner together with the port that it reports to."""

    def __init__(self, runner: HostedRunner[P], port: P) -> None:
        self.runner: Final = runner
        self._port: Final = port

    async def run(self, execution: Execution, /) -> Answer:
        return await self.runner.run(execution, self._port)

    async def run_async(self, execution: Execution, /) -> Acceptance:
        return await self.runner.run_async(execution, self._port)

    async def cancel(self, execution_id: str, reason: str, /) -> None:
        await self.runner.cancel(execution_id, reason)


class Hosting(Generic[P]):
    """The runners that live in this process."""

    def __init__(self, caller: InProcessCaller) -> None:
        self._caller: Final = caller
        self._bound: Final[dict[str, _Bound[P]]] = {}

    def admit(self, runner: HostedRunner[P], port: P) -> RunnerRegistration:
        """Make a runner callable; return the registration that makes it known."""
        address = f"{IN_PROCESS}{runner.runner_id}-{new_id()[:8]}"
        bound = _Bound(runner, port)
        self._bound[address] = bound
        self._caller.add(address, bound)
        return RunnerRegistration(
            runner_id=runner.runner_id,
            runner_type=runner.runner_type,
            address=address,
            supported_modes=runner.supported_modes,
            max_concurrent=runner.max_concurrent,
            ttl=HOSTED_TTL,
        )

    async def close(self, grace: float) -> None:
        """Let the runners finish for `grace` seconds, then stop them."""
        leaving = list(self._bound.values())
        await asyncio.gather(*(bound.runner.drain(grace) for bound in leaving))
        for address in self._bound:
            self._caller.remove(address)
        self._bound.clear()
