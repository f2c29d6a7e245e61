"""A command in a process group of its own, of which nothing survives."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import threading
from collections.abc import Awaitable, Callable
from typing import Final

from ci.runner.command import Command

SETTLE_SECONDS: Final = 0.5
"""How long output is awaited after the command itself has ended: a background child may hold the pipe open."""
LEFTOVER_SECONDS: Final = 1.0
"""How long such a child gets to end after SIGTERM."""
REAP_SECONDS: Final = 2.0
"""How long a killed command may take to be gone."""
READ_BYTES: Final = 64 * 1024
LAST_READS: Final = 32

# A runner that is killed cannot kill its commands, so each has a guard that waits for the pipe to the runner to break.
# It is there before the command, because a runner can die at any moment.
_GUARD: Final = """
read -r group || exit 0
read -r _
kill -s TERM -- "-$group"
sleep 1
kill -s KILL -- "-$group"
"""

_log = logging.getLogger(__name__)


class ProcessGroup:
    """A running command with everything that it has started.

    Output arrives on the event loop. Whoever starts one must `close` it.
    """

    def __init__(self, command: Command, on_output: Callable[[bytes], None]) -> None:
        """Start the command in a new session, without input, with stderr in stdout.

        Raises:
            OSError: The system refuses to start it.
            ValueError: A text in it cannot be handed to the system.
        """
        self._loop = asyncio.get_running_loop()
        self._on_output = on_output
        self._exited = asyncio.Event()
        self._silent = asyncio.Event()
        self._pidfd: int | None = None
        self._closed = False
        self._guard = _start_guard()
        try:
            self._process, self._output = _start(command)
        except BaseException:
            _end_guard(self._guard)
            raise
        _tell(self._guard, self._process.pid)
        try:
            self._loop.add_reader(self._output, self._read)
            self._watch_exit()
        except BaseException:
            self.close()
            raise

    async def wait(self) -> int:
        """Return the return code of the command; a negative one is a signal. What it left behind is killed."""
        await self._exited.wait()
        if not await _within(self._silent.wait(), SETTLE_SECONDS):
            self._signal(signal.SIGTERM)
            await _within(self._silent.wait(), LEFTOVER_SECONDS)
        self.close()
        return self._process.returncode

    async def stop(self, grace: float) -> None:
        """End the group: SIGTERM, and SIGKILL for what is left after `grace` seconds."""
        self._signal(signal.SIGTERM)
        await _within(self._gone(), grace)
        self.close()

    def kill(self) -> None:
        """Kill the whole group, now; the return code says so."""
        if not self._closed:
            self._signal(signal.SIGKILL)

    def close(self) -> None:
        """Kill what is left of the group, and let go of it."""
        if self._closed:
            return
        self._closed = True
        self._signal(signal.SIGKILL)
        self._read_last()
        self._reap()
        self._loop.remove_reader(self._output)
        os.close(self._output)
        _end_guard(self._guard)

    def _signal(self, number: signal.Signals) -> None:
        # Until it is reaped the command keeps the id of the group from being used again.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _read(self) -> bool:
        """Pass on what is there; return whether more may come."""
        try:
            data = os.read(self._output, READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._loop.remove_reader(self._output)
            self._silent.set()
            return False
        self._on_output(data)
        return True

    def _read_last(self) -> None:
        for _ in range(LAST_READS):
            if self._silent.is_set() or not self._read():
                return

    def _watch_exit(self) -> None:
        if hasattr(os, "pidfd_open"):
            try:
                self._pidfd = os.pidfd_open(self._process.pid)
            except OSError as error:
                _log.debug("no pidfd (%s); a thread waits for the command", error)
        if self._pidfd is not None:
            self._loop.add_reader(self._pidfd, self._on_exit)
        else:
            threading.Thread(target=self._await_exit, name=f"exit of {self._process.pid}", daemon=True).start()

    def _await_exit(self) -> None:
        self._process.wait()
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._exited.set)

    def _on_exit(self) -> None:
        if self._pidfd is not None:
            self._loop.remove_reader(self._pidfd)
        self._exited.set()

    def _reap(self) -> None:
        try:
            self._process.wait(timeout=REAP_SECONDS)
        except subprocess.TimeoutExpired:
            _log.error("process %d does not end, although it was killed", self._process.pid)
        if self._pidfd is not None:
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)

    async def _gone(self) -> None:
        await self._exited.wait()
        await self._silent.wait()


def _start(command: Command) -> tuple[subprocess.Popen[bytes], int]:
    """Return the process and the file descriptor of its output."""
    output, inlet = os.pipe()
    try:
        process = subprocess.Popen(
            command.argv,
            stdin=subprocess.DEVNULL,
            stdout=inlet,
            stderr=subprocess.STDOUT,
            cwd=command.cwd,
            env=dict(command.env),
            start_new_session=True,
        )
    except BaseException:
        os.close(output)
        raise
    finally:
        os.close(inlet)
    os.set_blocking(output, False)
    return process, output


def _start_guard() -> subprocess.Popen[bytes] | None:
    try:
        return subprocess.Popen(
            ("/bin/sh", "-c", _GUARD),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
    except OSError as error:
        _log.warning("a command starts without its guard (%s); it may outlive a runner that is killed", error)
        return None


def _tell(guard: subprocess.Popen[bytes] | None, group: int) -> None:
    if guard is None or guard.stdin is None:
        return
    try:
        guard.stdin.write(b"%d\n" % group)
    except BrokenPipeError:
        _log.warning("the guard of process group %d has died; the group may outlive a runner that is killed", group)


def _end_guard(guard: subprocess.Popen[bytes] | None) -> None:
    if guard is not None:
        # Killed first: the end of its input is what it waits for.
        guard.kill()
        guard.communicate()


async def _within(event: Awaitable[object], seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event
    except TimeoutError:
        return False
    return True
