"""Tasks that begin at once."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import pytest

from turboci.eager import begin

T = TypeVar("T")

COLOUR: Final[contextvars.ContextVar[str]] = contextvars.ContextVar("colour", default="white")


def begun(coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    return begin(coroutine, asyncio.get_running_loop(), "work")


async def test_what_is_brief_is_done_at_once() -> None:
    """A coroutine that waits for nothing has run when `begin` returns, and its task has the result."""
    done: list[str] = []

    async def work() -> int:
        done.append("work")
        return 7

    task = begun(work())
    assert done == ["work"]
    assert task.get_name() == "work"
    assert await task == 7


async def test_an_error_of_the_first_step_is_that_of_the_task() -> None:
    """It is raised by whoever awaits the task, not by `begin`."""

    async def work() -> None:
        raise ValueError("broken")

    task = begun(work())
    with pytest.raises(ValueError, match="broken"):
        await task


@pytest.mark.parametrize("turns", [0, 1, 3])
async def test_it_goes_on_where_it_first_waits(turns: int) -> None:
    """Whatever it waits for: a future, a few turns, or what is done by the time its task looks."""
    gate: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def work() -> str:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await gate + await gate

    task = begun(work())
    gate.set_result("a")
    assert await task == "aa"


async def test_it_is_its_own_current_task() -> None:
    """In the first step, too; the caller is its own again afterwards."""
    seen: list[asyncio.Task[Any] | None] = []

    async def work() -> None:
        seen.append(asyncio.current_task())
        await asyncio.sleep(0)
        seen.append(asyncio.current_task())

    ours = asyncio.current_task()
    task = begun(work())
    assert asyncio.current_task() is ours
    await task
    assert seen == [task, task]


async def test_it_begins_in_a_callback_too() -> None:
    """Where no task is current, none is afterwards."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[tuple[asyncio.Task[int], asyncio.Task[Any] | None]] = loop.create_future()

    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    loop.call_soon(lambda: found.set_result((begin(work(), loop, "work"), asyncio.current_task())))
    task, current = await found
    assert current is None
    assert await task == 7


async def test_it_has_its_own_context() -> None:
    """What it sets stays set for it, and for nobody else."""

    async def work() -> str:
        COLOUR.set("red")
        await asyncio.sleep(0)
        return COLOUR.get()

    task = begun(work())
    assert COLOUR.get() == "white"
    assert await task == "red"


async def test_a_cancellation_reaches_it_where_it_waits() -> None:
    """Also before its task has had a turn; what it waited for is cancelled."""
    gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    cleaned: list[str] = []

    async def work() -> None:
        try:
            await gate
        finally:
            cleaned.append("up")

    task = begun(work())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleaned == ["up"]
    assert gate.cancelled()
    assert task.cancelled()


async def test_a_cancellation_can_be_caught() -> None:
    """What it does after the cancellation counts, as in any task."""

    async def work() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
        return "went on"

    task = begun(work())
    task.cancel()
    assert await task == "went on"


async def test_a_timeout_that_it_sets_is_its_own() -> None:
    """A timeout of the first step ends what it waits for, not the caller."""

    async def work() -> str:
        try:
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        except TimeoutError:
            return "too late"
        return "in time"

    assert await begun(work()) == "too late"


async def test_what_has_ended_stays_ended() -> None:
    """A cancellation that comes after the end takes the result from nobody."""

    async def work() -> int:
        return 7

    task = begun(work())
    task.cancel()
    assert await task == 7
