"""Runners over streams for state machines: they connect, speak, break off and come back as they are told to."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.service.drafts import Reply, Written, pool
from tests.service.quick import QuickRig
from tests.service.streaming import StreamedRunner
from turboci.executions import Answer, CheckUpdate
from turboci.frames import Report, Returned, RunnerFrame
from turboci.nodes import ProgressEntry


@dataclass(frozen=True)
class Saying:
    """What a process does with one of the executions that it, or another one, was sent.

    Attributes:
        which: The execution, counted from the newest.
        what: To accept it, return it, report on it, complete it, or to say something senseless about it.
        foreign: Whether it speaks of what was sent to somebody else.
        again: Whether the report comes twice in a frame.
    """

    which: int
    what: str
    foreign: bool
    again: bool


def _saying(random: Random) -> Saying:
    kinds = ["accept", "accept", "accept", "complete", "complete", "complete", "report", "return", "give up", "wrong"]
    return Saying(random.randrange(6), random.choice(kinds), random.random() < 0.1, random.random() < 0.1)


sayings = pool(_saying, lambda saying: saying.which + saying.foreign + saying.again, 1024)


class Processes:
    """The processes of streamed runners, those that are gone included: what was sent to them may still be spoken of.

    Attributes:
        open: Those whose stream is open.
        away: Those that may come back.
    """

    def __init__(self, rig: QuickRig) -> None:
        self._rig = rig
        self.open: list[StreamedRunner] = []
        self.away: list[StreamedRunner] = []
        self._sent: dict[str, None] = {}
        self._number = 0
        self._tickets = 0

    def come(self, name: str, most: int) -> None:
        """Let a new process of a runner open its first stream."""
        self._number += 1
        process = StreamedRunner(self._rig, name, process=f"{name}-{self._number}", max_concurrent=most)
        self._rig.run(process.connect())
        self.open.append(process)

    def come_back(self, which: int, held: str) -> None:
        """Let a process open another stream, though it may have one, and speak for all, some or none of its work."""
        known = self.away + self.open
        process = known[which % len(known)]
        own = [execution.execution_id for execution in process.executions]
        if held == "foreign":
            own += list(self._sent)[-3:]
        step = {"all": 1, "foreign": 1, "some": 2, "none": len(own) + 1}[held]
        spoken_for = tuple(dict.fromkeys(own[::-1][step - 1 :: step]))
        old = process.former
        self._rig.run(process.connect(*spoken_for, draining=held == "some" and which % 3 == 0))
        if old is not None and process in self.open:
            self._rig.run(process.drop(old))
        if process in self.away:
            self.away.remove(process)
            self.open.append(process)

    def break_off(self, which: int, how: str) -> None:
        """Let a stream break, or end in order, or let the process take nothing new."""
        process = self.open[which % len(self.open)]
        if how == "drain":
            self._rig.run(process.say(RunnerFrame(draining=True)))
            return
        self.open.remove(process)
        if how == "leave":
            self._rig.run(process.leave())
        else:
            self._rig.run(process.break_off())
            self.away.append(process)

    def say(self, which: int, said: list[Saying], replies: list[Reply], written: Written) -> None:
        """Let a process say everything in one frame."""
        process = self.open[which % len(self.open)]
        accepted: list[str] = []
        returned: list[Returned] = []
        reports: list[Report] = []
        for saying, reply in zip(said, replies, strict=False):
            execution_id = self._execution(process, saying)
            if saying.what == "accept":
                accepted.append(execution_id)
            elif saying.what in ("return", "give up"):
                begun = saying.what == "give up"
                returned.append(Returned(execution_id=execution_id, reason="no", begun=begun))
            else:
                reports += self._reports(execution_id, saying, reply, written)
        frame = RunnerFrame(accepted=tuple(accepted), returned=tuple(returned), reports=tuple(reports))
        answered = len(process.acknowledged) + len(process.refused)
        self._rig.run(process.say(frame))
        now = len(process.acknowledged) + len(process.refused)
        assert now - answered == len(reports), "a report was neither acknowledged nor refused"

    def vanish(self) -> None:
        """Lose every stream with the server, which is gone already."""
        for process in self.open:
            self._rig.run(process.close())
        self.away += self.open
        self.open = []

    def hold_that_nothing_came_twice(self) -> None:
        """Each execution is sent once, to one process."""
        came = [execution.execution_id for process in (*self.open, *self.away) for execution in process.executions]
        assert len(came) == len(set(came))
        self._sent |= dict.fromkeys(came)

    def _execution(self, process: StreamedRunner, saying: Saying) -> str:
        own = [execution.execution_id for execution in process.executions]
        ids = list(self._sent) if saying.foreign or not own else own
        return ids[-1 - saying.which % len(ids)] if ids else "no-such-execution"

    def _reports(self, execution_id: str, saying: Saying, reply: Reply, written: Written) -> list[Report]:
        content: Answer | ProgressEntry = reply.answer(written)
        if saying.what == "report":
            content = ProgressEntry(message="nearly done")
        elif saying.what == "wrong":
            content = Answer(check_updates=(CheckUpdate(check_id="unknown"),))
        reports = []
        for _ in range(1 + saying.again):
            self._tickets += 1
            reports.append(Report(ticket=self._tickets, execution_id=execution_id, content=content))
        return reports
