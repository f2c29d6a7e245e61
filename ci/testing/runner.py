"""A runner that answers by stage id, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from ci.port import Orchestrator
from ci.runner import Handler, HandlerResult, Runner, StageContext
from ci.runner.handlers import call_handler
from ci.testing.clock import VirtualClock
from ci.testing.script import SUCCESS, Act, StageScript, Turn
from turboci.errors import AttemptStopped, InvalidArgument, StageFailed
from turboci.executions import Acceptance, Answer, Execution
from turboci.ids import require_id
from turboci.payloads import JSON
from turboci.states import ExecutionMode


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One attempt that a runner was given.

    Attributes:
        attempt: Counts from 1.
        check_ids: The checks to answer.

    Example:
        assert rehearsal.runner.calls_of("build")[0].args == {"target": "app"}
    """

    stage_id: str
    attempt: int
    mode: ExecutionMode
    args: Mapping[str, JSON]
    check_ids: tuple[str, ...] = ()


class RecordingRunner(Runner):
    """Answers stages by their ids as it is told to, and remembers every attempt. What it is not told about succeeds.

    A rehearsal has one for all runner types. By itself it is a runner like any other.

    Attributes:
        calls: The attempts that it was given, in order.

    Example:
        runner = ci.testing.RecordingRunner("builder")
        runner.on("build").lose().succeed({"artifact": "app.tar"})
        async with ci.local(runners=[runner]) as orch:
            ...
        assert [call.attempt for call in runner.calls_of("build")] == [1, 2]
    """

    def __init__(
        self,
        runner_type: str = "recording",
        *,
        clock: VirtualClock | None = None,
        max_concurrent: int = 0,
        runner_id: str | None = None,
    ) -> None:
        """Make a runner that answers everything green.

        Args:
            runner_type: What kind of stages it takes.
            clock: The time that ``after`` of scripts counts in; None is the machine's.
            max_concurrent: Attempts at the same time; 0 is no limit.
            runner_id: Its id; by default made of type, host and process.

        Raises:
            EmptyIdError: The type or the id is empty.
            InvalidArgument: The type or the id is no id.
        """
        super().__init__(runner_type, max_concurrent=max_concurrent, runner_id=runner_id)
        self.calls: Final[list[Call]] = []
        self._clock: Final = clock
        self._scripts: Final[dict[str, StageScript]] = {}
        self.handler(self._play)

    def on(self, stage_id: str) -> StageScript:
        """Say what happens to the attempts of a stage; what was said of it before is forgotten.

        Args:
            stage_id: Its id, or a pattern such as ``build:*``. An id goes before patterns, a later pattern before an
                earlier one.

        Raises:
            EmptyIdError: The id is empty.
            InvalidArgument: It is no id.
        """
        require_id(stage_id, "stage")
        self._scripts.pop(stage_id, None)
        return self._scripts.setdefault(stage_id, StageScript(stage_id))

    def calls_of(self, stage_id: str) -> list[Call]:
        """Return the attempts of one stage that it was given."""
        return [call for call in self.calls if call.stage_id == stage_id]

    def has_script(self, stage_id: str) -> bool:
        """Return whether it was told what happens to a stage."""
        return self._script(stage_id) is not None

    def note(self, execution: Execution) -> None:
        """Remember an attempt."""
        self.calls.append(
            Call(
                stage_id=execution.stage_id,
                attempt=execution.attempt_idx,
                mode=execution.mode,
                args=execution.args,
                check_ids=tuple(check.check_id for check in execution.checks),
            )
        )

    async def run(self, execution: Execution, port: Orchestrator) -> Answer:
        """Answer a SYNC attempt as the script says."""
        self._receive(execution)
        return await super().run(execution, port)

    async def run_async(self, execution: Execution, port: Orchestrator) -> Acceptance:
        """Take an ASYNC attempt, and answer it as the script says."""
        self._receive(execution)
        return await super().run_async(execution, port)

    def _receive(self, execution: Execution) -> None:
        self.note(execution)
        if self._turn(execution.stage_id, execution.attempt_idx).act is Act.LOSE:
            attempt = f"attempt {execution.attempt_idx} of stage {execution.stage_id!r}"
            raise AttemptStopped(f"{attempt} is lost, as the script says")

    async def _play(self, stage: StageContext) -> HandlerResult:
        turn = self._turn(stage.stage_id, stage.attempt)
        if turn.after:
            await self._sleep(turn.after)
        if turn.act is Act.FAIL:
            raise StageFailed(turn.message, data=turn.data)
        if turn.act is Act.HANG:
            await self._hang()
        if turn.handler is not None:
            return await _called(turn.handler, stage)
        return turn.data

    async def _sleep(self, seconds: float) -> None:
        if self._clock is None:
            await asyncio.sleep(seconds)
        else:
            await self._clock.sleep(seconds)

    async def _hang(self) -> None:
        never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._clock is None:
            await never
        else:
            with self._clock.resting():
                await never

    def _turn(self, stage_id: str, attempt: int) -> Turn:
        script = self._script(stage_id)
        return SUCCESS if script is None else script.turn(attempt)

    def _script(self, stage_id: str) -> StageScript | None:
        if stage_id in self._scripts:
            return self._scripts[stage_id]
        for pattern, script in reversed(self._scripts.items()):
            if fnmatchcase(stage_id, pattern):
                return script
        return None


async def _called(handler: Handler, stage: StageContext) -> HandlerResult:
    """Return what a function of the user answers; whatever else it returns is refused as a real runner does."""
    returned = await call_handler(handler, stage, lambda _thread, _returned: None)
    if returned is None or isinstance(returned, Mapping):
        return returned
    raise InvalidArgument(
        f"stage {stage.stage_id!r}",
        f"returned {returned!r:.80} ({type(returned).__name__})",
        hint="a handler returns a mapping with string keys, or None",
    )
