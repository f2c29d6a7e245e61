"""Connecting to an orchestrator for as long as a block lasts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from ci.port import HostedRunner
from ci.remote.orchestrator import CALL_TIMEOUT, RETRY_FOR, RemoteOrchestrator


@asynccontextmanager
async def connect(
    address: str,
    *,
    runners: Sequence[HostedRunner] = (),
    timeout: float = CALL_TIMEOUT,
    retry_for: float = RETRY_FOR,
) -> AsyncIterator[RemoteOrchestrator]:
    """Connect to the orchestrator at `address`, and host runners for it, until the block is left.

    Args:
        address: host:port, or :port for this machine.
        runners: Runners of this process; each listens at a port of its own. On leaving, their attempts may finish;
            on leaving by an exception they are stopped.
        timeout: Seconds that one try of a call gets.
        retry_for: Seconds after which a call to an orchestrator that went away is given up.

    Raises:
        InvalidArgument: `address` is no address.
        OrchestratorUnavailable: Nobody answers there; this is found out on entering, without retries.

    Example:
        async with ci.connect("localhost:50051", runners=[ci.ShellRunner()]) as orchestrator:
            execution = await dag.execute(orchestrator)
    """
    async with RemoteOrchestrator(address, timeout=timeout, retry_for=retry_for) as orchestrator:
        await orchestrator.reach()
        for runner in runners:
            await orchestrator.host(runner)
        yield orchestrator
