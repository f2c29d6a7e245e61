"""Waiting for several handles at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar, overload

from ci.workflow.handles import AnyHandle, CheckHandle, Handle, StageHandle
from turboci.nodes import Check, Stage

T = TypeVar("T")
N = TypeVar("N", bound=Check | Stage)
A = TypeVar("A", Check, Stage)
B = TypeVar("B", Check, Stage)
C = TypeVar("C", Check, Stage)


async def wait_all_checks(*handles: CheckHandle, timeout: float | None = None) -> tuple[Check, ...]:
    """Wait until all these checks are FINAL; return them in the order of the handles.

    Raises:
        TimeoutError: One of them is not after `timeout` seconds.
        WorkflowStalled: Nothing that is under way can bring them there.

    Example:
        build, test = await ci.wait_all_checks(build_handle, test_handle, timeout=300)
    """
    return tuple(await _all(handles, timeout))


async def wait_all_stages(*handles: StageHandle, timeout: float | None = None) -> tuple[Stage, ...]:
    """Wait until all these stages are FINAL; see `wait_all_checks`.

    Example:
        stages = await ci.wait_all_stages(*handles)
    """
    return tuple(await _all(handles, timeout))


async def wait_any_check(first: CheckHandle, /, *rest: CheckHandle, timeout: float | None = None) -> CheckHandle:
    """Wait until one of these checks is FINAL; return its handle. The others go on waiting unharmed.

    Raises:
        TimeoutError: None of them is after `timeout` seconds.
        WorkflowStalled: Nothing that is under way can bring them there.

    Example:
        fastest = await ci.wait_any_check(mirror_a, mirror_b)
        print(fastest.result().data)
    """
    return await _any((first, *rest), timeout)


async def wait_any_stage(first: StageHandle, /, *rest: StageHandle, timeout: float | None = None) -> StageHandle:
    """Wait until one of these stages is FINAL; see `wait_any_check`.

    Example:
        first = await ci.wait_any_stage(linux, macos)
    """
    return await _any((first, *rest), timeout)


@overload
async def wait_all(h1: Handle[A], h2: Handle[B], /, *, timeout: float | None = None) -> tuple[A, B]: ...
@overload
async def wait_all(
    h1: Handle[A], h2: Handle[B], h3: Handle[C], /, *, timeout: float | None = None
) -> tuple[A, B, C]: ...
@overload
async def wait_all(*handles: CheckHandle, timeout: float | None = None) -> tuple[Check, ...]: ...
@overload
async def wait_all(*handles: StageHandle, timeout: float | None = None) -> tuple[Stage, ...]: ...
@overload
async def wait_all(*handles: AnyHandle, timeout: float | None = None) -> tuple[Check | Stage, ...]: ...
async def wait_all(*handles: Any, timeout: float | None = None) -> Any:
    """Wait until all these nodes are FINAL; see `wait_all_checks`.

    Example:
        check, stage = await ci.wait_all(build, deploy)
    """
    return tuple(await _all(handles, timeout))


@overload
async def wait_any(first: CheckHandle, /, *rest: CheckHandle, timeout: float | None = None) -> CheckHandle: ...
@overload
async def wait_any(first: StageHandle, /, *rest: StageHandle, timeout: float | None = None) -> StageHandle: ...
@overload
async def wait_any(first: AnyHandle, /, *rest: AnyHandle, timeout: float | None = None) -> AnyHandle: ...
async def wait_any(first: Any, /, *rest: Any, timeout: float | None = None) -> Any:
    """Wait until one of these nodes is FINAL; see `wait_any_check`.

    Example:
        first = await ci.wait_any(build, deploy)
        print(first.id, first.result().outcome)
    """
    return await _any((first, *rest), timeout)


@overload
def as_completed(first: CheckHandle, /, *rest: CheckHandle) -> AsyncIterator[CheckHandle]: ...
@overload
def as_completed(first: StageHandle, /, *rest: StageHandle) -> AsyncIterator[StageHandle]: ...
@overload
def as_completed(first: AnyHandle, /, *rest: AnyHandle) -> AsyncIterator[AnyHandle]: ...
def as_completed(first: Any, /, *rest: Any) -> AsyncIterator[Any]:
    """Yield the handles as their nodes become FINAL.

    Raises:
        WorkflowStalled: Nothing that is under way can bring the rest there.

    Example:
        async for handle in ci.as_completed(build, test, lint):
            print(handle.id, handle.result().outcome)
    """
    return _as_completed((first, *rest))


H = TypeVar("H", CheckHandle, StageHandle)


async def _any(handles: Sequence[H], timeout: float | None) -> H:
    async with _started([handle.wait() for handle in handles]) as tasks:
        await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        for handle, task in zip(handles, tasks, strict=True):
            if task.done():
                task.result()
                return handle
        raise await _late(handles, tasks, timeout or 0.0)


async def _all(handles: Sequence[Handle[N]], timeout: float | None) -> list[N]:
    if not handles:
        return []
    async with _started([handle.wait() for handle in handles]) as tasks:
        await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_EXCEPTION)
        nodes = [task.result() for task in tasks if task.done()]
        if len(nodes) < len(tasks):
            raise await _late(handles, tasks, timeout or 0.0)
        return nodes


async def _late(handles: Sequence[Handle[Any]], tasks: Sequence[asyncio.Task[Any]], timeout: float) -> TimeoutError:
    """Return the error for the handles whose tasks are not done; the first of them speaks for all."""
    late = [handle for handle, task in zip(handles, tasks, strict=True) if not task.done()]
    others = f" (and {len(late) - 1} more)" if len(late) > 1 else ""
    return TimeoutError(await late[0].why_late(timeout) + others)


async def _as_completed(handles: Sequence[H]) -> AsyncIterator[H]:
    async with _started([handle.wait() for handle in handles]) as tasks:
        by_task = dict(zip(tasks, handles, strict=True))
        ended: asyncio.Queue[asyncio.Task[Any]] = asyncio.Queue()
        for task in tasks:
            task.add_done_callback(ended.put_nowait)
        for _ in tasks:
            task = await ended.get()
            task.result()
            yield by_task[task]


@asynccontextmanager
async def _started(waits: Sequence[Coroutine[Any, Any, T]]) -> AsyncIterator[list[asyncio.Task[T]]]:
    """Run waits as tasks, none of which outlives the block."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
