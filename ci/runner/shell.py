"""The shell runner: stages that are commands."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from typing import Final, TypeAlias

from ci.runner.command import Command, command_of, why_failed, why_not_started
from ci.runner.context import StageContext
from ci.runner.output import KEEP_BYTES, LineSplitter, OutputTail
from ci.runner.process import ProcessGroup
from ci.runner.runner import Runner
from turboci.errors import StageFailed

SHELL: Final = "shell"
"""Its runner type."""
KILL_GRACE: Final = 5.0
"""Seconds between SIGTERM and SIGKILL."""

OnOutput: TypeAlias = Callable[[str, str], None]

_log = logging.getLogger(__name__)


class ShellRunner(Runner):
    """Runs commands: stages of runner type ``shell``.

    Their arguments are ``command`` (a string for ``/bin/sh -c``, or a list of words), ``cwd``, and ``env``, which is
    merged over the environment of this process. Output is shown as progress while it comes, and its end is kept in the
    result, with exit code and duration. The command and what it has started are killed together.

    Example:
        async with ci.connect("localhost:50051", runners=[ci.ShellRunner(max_concurrent=4)]) as orchestrator:
            ...
    """

    def __init__(
        self,
        *,
        max_concurrent: int | None = None,
        runner_id: str | None = None,
        on_output: OnOutput | None = None,
        kill_grace: float = KILL_GRACE,
        keep_bytes: int = KEEP_BYTES,
    ) -> None:
        """Make a shell runner.

        Args:
            max_concurrent: Commands at the same time; 0 is no limit, None as many as there are processors.
            runner_id: Its id; by default made of type, host and process.
            on_output: Called on the event loop with the stage's id and each line, as it comes.
            kill_grace: Seconds that a command gets to end after SIGTERM.
            keep_bytes: How much of the end of the output is kept in the result.

        Raises:
            InvalidArgument: `runner_id` is no id.
        """
        slots = _processors() if max_concurrent is None else max_concurrent
        super().__init__(SHELL, max_concurrent=slots, runner_id=runner_id)
        self._on_output = on_output
        self._kill_grace = kill_grace
        self._keep_bytes = keep_bytes
        self._running: Final[set[ProcessGroup]] = set()
        self.handler(self._execute)

    def kill(self) -> None:
        """Kill every running command at once, without grace; legal in a signal handler."""
        for group in tuple(self._running):
            group.kill()

    async def _execute(self, stage: StageContext) -> dict[str, object]:
        command = command_of(stage.args)
        output = _Output(stage, self._on_output, OutputTail(self._keep_bytes))
        started = time.monotonic()
        code = await self._run(command, output)
        output.end()
        result: dict[str, object] = {
            "command": command.shown,
            "exit_code": code,
            "duration_seconds": round(time.monotonic() - started, 3),
            "output": output.tail.text(),
        }
        if code:
            raise StageFailed(why_failed(code), data=result)
        return result

    async def _run(self, command: Command, output: _Output) -> int:
        try:
            group = ProcessGroup(command, output.add)
        except (OSError, ValueError) as error:
            raise StageFailed(why_not_started(command, error), data={"command": command.shown}) from error
        self._running.add(group)
        try:
            return await group.wait()
        except asyncio.CancelledError:
            await group.stop(self._kill_grace)
            raise
        finally:
            group.close()
            self._running.discard(group)


class _Output:
    """Where the output of one command goes: into its tail, to the orchestrator, to whoever looks on."""

    def __init__(self, stage: StageContext, on_output: OnOutput | None, tail: OutputTail) -> None:
        self.tail: Final = tail
        self._stage = stage
        self._on_output = on_output
        self._lines = LineSplitter()

    def add(self, data: bytes) -> None:
        self.tail.add(data)
        self._show(self._lines.feed(data))

    def end(self) -> None:
        self._show(self._lines.end())

    def _show(self, lines: list[str]) -> None:
        if not lines:
            return
        self._stage.log("\n".join(lines))
        if self._on_output is None:
            return
        try:
            for line in lines:
                self._on_output(self._stage.stage_id, line)
        except Exception:
            # A broken display must not decide about the stage.
            _log.exception("showing the output of stage %r failed; it is not shown any more", self._stage.stage_id)
            self._on_output = None


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
