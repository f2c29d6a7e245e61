"""An orchestrator in this process; the only module of the client, besides its command line, that knows the server."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from ci.port import HostedRunner, Orchestrator
from orchestrator.embedded import embedded


@asynccontextmanager
async def local(
    path: str | os.PathLike[str] | None = None, *, runners: Sequence[HostedRunner] = ()
) -> AsyncIterator[Orchestrator]:
    """Run an orchestrator in this process until the block is left.

    Args:
        path: The database file, which makes plans outlive the process; None keeps everything in memory.
        runners: Runners of this process that work for it.

    Raises:
        StorageUnusable: The database cannot be opened, or another orchestrator has it open.

    Example:
        async with ci.local(runners=[ci.ShellRunner()]) as orch:
            execution = await dag.execute(orch)
            await execution.wait_for_completion()
    """
    async with embedded(None if path is None else os.fspath(path)) as orchestrator:
        for runner in runners:
            await orchestrator.host(runner)
        yield orchestrator
