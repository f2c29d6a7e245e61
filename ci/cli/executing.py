"""What a run needs around its view: an orchestrator, and the workflow of the file."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from ci.cli.complaints import NOTHING, Complaint
from ci.cli.exits import Exit
from ci.cli.loading import Loaded
from ci.port import Orchestrator
from orchestrator.app import running
from orchestrator.config import Config


class WorkflowExited(Exception):
    """The user's `main` called `sys.exit`.

    Attributes:
        code: What it was called with.
    """

    def __init__(self, code: object) -> None:
        super().__init__(f"main called sys.exit({code!r})")
        self.code: Final = code


@asynccontextmanager
async def orchestrator(connect: str | None, db: str) -> AsyncIterator[str]:
    """Yield the address of the orchestrator; one of our own has a port that the system chose."""
    if connect is not None:
        yield connect
        return
    config = Config.from_environment(os.environ, {"sqlite_path": db, "port": "0", "host": "127.0.0.1"})
    async with running(config) as server:
        yield server.address


async def forget_runners(port: Orchestrator) -> None:
    """Unregister the runners of former runs that were killed: nobody can have registered at a port this new."""
    for registered in await port.list_runners():
        await port.unregister_runner(registered.registration_id)


async def run_workflow(loaded: Loaded, port: Orchestrator) -> None:
    """Execute the DAG of a file to its end, or call its `main`.

    Raises:
        WorkflowExited: `main` called `sys.exit`.
        Exception: Whatever else comes out of `main`.
    """
    if loaded.dag is not None:
        execution = await loaded.dag.execute(port)
        await execution.wait_for_completion(raise_on_failure=False)
        return
    try:
        await loaded.run_main(port)
    except SystemExit as stop:
        raise WorkflowExited(stop.code) from None


def exited(code: object) -> Complaint:
    """Return what `sys.exit` with this code means: nothing for success, else a failure with the text, if it has one."""
    if code is None or code == 0:
        return NOTHING
    return Complaint(Exit.FAILED, f"main called sys.exit({code!r})" if isinstance(code, int) else str(code))
