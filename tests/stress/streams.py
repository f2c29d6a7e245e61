"""A runner over a stream beside the model: its executions look like calls to whoever answers them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.service.quick import QuickRig
from tests.service.streaming import StreamedRunner
from turboci.executions import Answer, Execution
from turboci.frames import Returned, RunnerFrame
from turboci.nodes import ProgressEntry


@dataclass
class Said:
    """Whether a runner has said anything about an execution."""

    said: bool = False

    def done(self) -> bool:
        return self.said


@dataclass(eq=False)
class StreamedCall:
    """An execution that came over a stream; has the words of `tests.service.recording.Call`."""

    rig: QuickRig
    process: Process
    execution: Execution
    reply: Said = field(default_factory=Said)

    @property
    def withdrawn(self) -> bool:
        return self.execution.execution_id in self.process.runner.cancelled or not self.process.is_open

    def accept(self) -> None:
        self._say(RunnerFrame(accepted=(self.execution.execution_id,)))

    def refuse(self) -> None:
        self._return(begun=False)

    def decline(self) -> None:
        self._return(begun=False)

    def lose(self) -> None:
        self._return(begun=True)

    async def tell(self, content: Answer | ProgressEntry) -> None:
        """Report over the stream; raise what it is refused with."""
        runner = self.process.runner
        self.reply.said = True
        self.process.tickets += 1
        ticket = self.process.tickets
        await runner.report(content, of=self.execution.execution_id, ticket=ticket)
        if ticket in runner.refused:
            raise runner.refused[ticket]
        assert ticket in runner.acknowledged

    def _return(self, *, begun: bool) -> None:
        self._say(RunnerFrame(returned=(Returned(execution_id=self.execution.execution_id, reason="no", begun=begun),)))

    def _say(self, frame: RunnerFrame) -> None:
        self.reply.said = True
        if self.process.is_open:
            self.rig.run(self.process.runner.say(frame))


class Process:
    """One process of the streamed runner.

    Attributes:
        is_open: Whether it has a stream.
    """

    def __init__(self, rig: QuickRig, name: str, uid: str, **fields: Any) -> None:
        self.runner = StreamedRunner(rig, name, process=uid, **fields)
        self.uid = uid
        self.is_open = False
        self.tickets = 0
        self._rig = rig
        self._seen = 0

    def take_all(self) -> list[StreamedCall]:
        """Return every execution that came since the last time."""
        new, self._seen = self.runner.executions[self._seen :], len(self.runner.executions)
        return [StreamedCall(self._rig, self, execution) for execution in new]
