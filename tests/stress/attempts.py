"""What the model knows of runners and of the attempts that they hold: above all, how long those live."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.clock import microseconds
from tests.service.recording import Call
from tests.stress.model import StagePlan
from tests.stress.streams import StreamedCall
from turboci.dependencies import NodeKind, NodeRef
from turboci.executions import Answer
from turboci.states import ConcludedReason, ExecutionMode

MICRO = 1_000_000
ACCEPT_TIMEOUT_US = 30 * MICRO


@dataclass(eq=False)
class Runner:
    """One registration.

    Attributes:
        refused_us: When it last refused.
        away: Its stream is broken.
        spoke_us: When the stream it has last renewed its registration.
    """

    name: str
    registration_id: str
    process: str
    most: int
    expires_us: int
    draining: bool = False
    refused_us: int = 0
    away: bool = False
    spoke_us: int = 0


@dataclass(eq=False)
class Attempt:
    """An attempt that a runner holds.

    Attributes:
        due_us: When its time is up, unless its runner has renewed its registration.
        heard_us: When its runner was heard of.
        new: It was handed out in the step that is looked at.
    """

    plan: str
    call: Call | StreamedCall
    runner: Runner
    stage: StagePlan
    due_us: int
    heard_us: int
    accepted: bool = False
    new: bool = True

    @classmethod
    def begun(cls, call: Call | StreamedCall, runner: Runner, stage: StagePlan, now_us: int) -> Attempt:
        """Return the attempt of a call that was just made."""
        deadline_us = _deadline_us(call)
        assert deadline_us == now_us + round(stage.timeout * MICRO)
        sync = call.execution.mode is ExecutionMode.SYNC and isinstance(call, Call)
        due_us = deadline_us if sync else min(deadline_us, now_us + ACCEPT_TIMEOUT_US)
        return cls(call.execution.work_plan_id, call, runner, stage, due_us, now_us)

    @property
    def ref(self) -> NodeRef:
        return NodeRef(NodeKind.STAGE, self.call.execution.stage_id)

    @property
    def name(self) -> tuple[str, int]:
        """The id of its stage, and its number there."""
        return self.ref.id, self.call.execution.attempt_idx

    @property
    def execution_id(self) -> str:
        return self.call.execution.execution_id

    @property
    def is_async(self) -> bool:
        """Whether it is leased: over a stream everything is."""
        return self.call.execution.mode is ExecutionMode.ASYNC or self.is_streamed

    @property
    def is_streamed(self) -> bool:
        return isinstance(self.call, StreamedCall)

    def is_unheard(self, now_us: int) -> bool:
        """Return whether it ends uncharged if its time is up: nobody knows whether it came."""
        if not self.is_streamed or self.accepted:
            return False
        if self.due_us > now_us:
            return self.runner.expires_us <= now_us
        return self.deadline_us > now_us and self.runner.spoke_us <= self.heard_us

    @property
    def is_offer(self) -> bool:
        """Whether its runner has still to accept it."""
        return self.is_async and not self.accepted and not self.call.reply.done()

    def is_forsaken(self, now_us: int) -> bool:
        """Return whether it was offered to a runner whose registration has ended: that one is not listened to."""
        return self.is_async and not self.accepted and self.runner.expires_us <= now_us

    @property
    def deadline_us(self) -> int:
        return _deadline_us(self.call)

    @property
    def ends_us(self) -> int:
        """When it is given up."""
        if self.is_streamed and not self.accepted:
            return min(self.due_us, self.runner.expires_us)
        return max(self.due_us, self._lease_us()) if self.accepted else self.due_us

    def answer_call(self, answer: Answer) -> None:
        """Answer a SYNC attempt whose runner was called."""
        assert isinstance(self.call, Call)
        self.call.answer_with(answer)

    def hear(self, now_us: int) -> None:
        """Its runner accepted it, or spoke of it."""
        self.accepted, self.heard_us = True, now_us
        self.due_us = self._lease_us()

    def outlive_restart(self, now_us: int) -> None:
        """Begin a fresh lease."""
        self.runner.expires_us = max(self.runner.expires_us, now_us + ACCEPT_TIMEOUT_US)
        self.hear(now_us)
        self.due_us = max(self.due_us, now_us + ACCEPT_TIMEOUT_US)

    def reason(self, now_us: int) -> ConcludedReason:
        """Why its stage is FAILED if its time is up and it was the last."""
        return ConcludedReason.TIMED_OUT if self.deadline_us <= now_us else ConcludedReason.RETRIES_EXHAUSTED

    def _lease_us(self) -> int:
        """The earliest of deadline, silence allowed, and the end of the registration."""
        silent = self.stage.heartbeat
        silence_us = self.deadline_us if silent is None else self.heard_us + round(silent * MICRO)
        return min(self.deadline_us, silence_us, self.runner.expires_us)


def _deadline_us(call: Call | StreamedCall) -> int:
    assert call.execution.deadline is not None
    return microseconds(call.execution.deadline)
