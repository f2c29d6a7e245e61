"""The bridge from a plain script to the event loop."""

from __future__ import annotations

import asyncio
import inspect
import math
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, NoReturn, TypeVar, overload

from ci.dag import DAG
from ci.embedded import local
from ci.port import HostedRunner, Orchestrator
from ci.remote import connect as connected
from ci.reporting import reported
from ci.runner import ShellRunner
from ci.workflow import Pace, WorkflowResult
from turboci.errors import CIError, InvalidArgument

T = TypeVar("T")

SIGNALLED: Final = 128
"""Exit code of a process that a signal has ended, less the number of the signal."""
_QUIET: Final = Pace(warn=math.inf)
"""The log does not say as well what is reported here."""


@overload
def run(what: DAG, /, *, runners: Sequence[HostedRunner] = (), connect: str | None = None) -> WorkflowResult: ...
@overload
def run(what: Callable[[], Coroutine[Any, Any, T]], /) -> T: ...
def run(
    what: DAG | Callable[[], Coroutine[Any, Any, T]],
    /,
    *,
    runners: Sequence[HostedRunner] = (),
    connect: str | None = None,
) -> WorkflowResult | T:
    """Run a DAG, or a coroutine function, from a script.

    A DAG runs on an orchestrator of this process, in memory, with a shell runner; a line about each node that ends goes
    to stderr. SIGINT (Ctrl-C) and SIGTERM cancel what runs, commands included, and end the process.

    Args:
        what: The DAG, or the coroutine function.
        runners: For a DAG: runners of this process, besides the shell runner.
        connect: For a DAG: host:port of an orchestrator to use instead of one in this process; the runners are those of
            this process all the same.

    Returns:
        The result of the DAG, or what the coroutine returns.

    Raises:
        WorkflowFailed: A node of the DAG FAILED or was CANCELLED.
        WorkflowStalled: Nothing that is under way can complete the DAG.
        DAGValidationError: The DAG has problems; nothing ran.
        InvalidArgument: `connect` is no address, or the function cannot be called without arguments.
        InvalidState: The DAG was executed before.
        OrchestratorUnavailable: Nobody answers there.
        SystemExit: A signal has ended it.

    Example:
        if __name__ == "__main__":
            ci.run(dag)
    """
    if not isinstance(what, DAG):
        return _run(_called(what))
    try:
        return _run(_run_dag(what, runners, connect))
    except CIError as error:
        # The frames between here and there are ours, and say nothing about the user's workflow.
        raise error.with_traceback(None) from None


def _orchestrator(address: str | None, runners: Sequence[HostedRunner]) -> AbstractAsyncContextManager[Orchestrator]:
    return local(runners=runners) if address is None else connected(address, runners=runners)


async def _run_dag(dag: DAG, runners: Sequence[HostedRunner], address: str | None) -> WorkflowResult:
    everybody = [ShellRunner(), *runners]
    async with (
        _orchestrator(address, everybody) as orchestrator,
        dag.execute(orchestrator, pace=_QUIET) as execution,
        reported(execution),
    ):
        return await execution.wait_for_completion()


def _called(function: Callable[[], Coroutine[Any, Any, T]]) -> Coroutine[Any, Any, T]:
    given: object = function
    if inspect.iscoroutine(given):
        given.close()
        hint = f"give it the function itself: ci.run({given.__name__})"
        raise InvalidArgument("run()", f"is given the coroutine {given.__name__}()", hint=hint)
    if inspect.iscoroutinefunction(given):
        _require_callable(given)
    coroutine = function() if callable(given) else given
    if not inspect.iscoroutine(coroutine):
        hint = "give it a DAG, or a function that is defined with `async def`"
        raise InvalidArgument("run()", f"is given {given!r}", hint=hint)
    return coroutine


def _require_callable(main: Callable[..., Coroutine[Any, Any, object]]) -> None:
    try:
        inspect.signature(main).bind()
    except TypeError as error:
        hint = (
            "it is called without arguments: open an orchestrator in it, `async with ci.local() as orch`, "
            "or leave calling it to `turboci run FILE.py`"
        )
        raise InvalidArgument("run()", f"cannot call {main.__name__}() ({error})", hint=hint) from None


def _run(work: Coroutine[Any, Any, T]) -> T:
    terminated = False

    async def main() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def terminate() -> None:
            nonlocal terminated
            terminated = True
            task.cancel()

        if threading.current_thread() is threading.main_thread():
            loop.add_signal_handler(signal.SIGTERM, terminate)
        return await work

    try:
        return asyncio.run(main())
    except KeyboardInterrupt:
        _leave(signal.SIGINT)
    except asyncio.CancelledError:
        if terminated:
            _leave(signal.SIGTERM)
        raise


def _leave(number: signal.Signals) -> NoReturn:
    sys.stderr.write(f"stopped by {number.name}\n")
    raise SystemExit(SIGNALLED + number) from None
