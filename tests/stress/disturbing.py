"""What happens to a server and to its model from outside: streams break, time passes, somebody cancels, it crashes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.service.drafts import Written
from tests.service.writing import on_stage
from tests.stress.attempts import MICRO
from tests.stress.comparing import SideBySide
from tests.stress.model import Model, StageIs, World
from tests.stress.streams import Process
from turboci.states import ConcludedReason, Outcome, StageState

LIVES = {"r1": 90, "r2": 86_400, "t1": 90}
"""Seconds for which runners register."""


class Disturbed(RuleBasedStateMachine):
    """One server and its model, to which something happens now and then.

    Attributes:
        both: The two of them.
        written: What was written so far, by plan.
    """

    def __init__(self) -> None:
        super().__init__()
        self.both = SideBySide()
        self.rig = self.both.rig
        self.written = {self.rig.plan: Written()}

    def teardown(self) -> None:
        try:
            self.both.compare(*self.both.plans)
        finally:
            self.both.end()

    @property
    def server(self) -> Any:
        return self.rig.server

    @property
    def model(self) -> Model:
        """The model of the plan that is written to."""
        return self.both.plans[self.rig.plan]

    @precondition(lambda self: self.both.processes)
    @rule(how=st.sampled_from(["break", "come back", "come back", "forget", "another"]))
    def stream(self, how: str) -> None:
        """Break a stream, or open another one that speaks for all the work of its process, or for none."""
        process = self.both.processes[-1]
        if how == "another":
            self.open_a_stream()
        elif how == "break" and process.is_open:
            self.both.break_off(process)
        elif how != "break" and not process.is_open:
            self.both.come_back(process, forgets=how == "forget")

    def open_a_stream(self) -> None:
        """Let a new process of the streamed runner come, in the place of an older one."""
        process = Process(self.rig, "t1", f"t1-{len(self.both.processes)}", max_concurrent=3, ttl=LIVES["t1"])
        for each in self.both.runners:
            each.draining |= each.name == "t1"
        self.both.processes.append(process)
        self.both.come_back(process)

    @rule(seconds=st.sampled_from([0.5, 5.0, 35.0, 100.0, 700.0]))
    def wait(self, seconds: float) -> None:
        """Let time pass, from each moment at which something happens to the next."""
        end_us = self.both.now_us + round(seconds * MICRO)
        while (next_us := self.both.next_us()) is not None and next_us <= end_us:
            self.both.pass_time(next_us)
        self.both.pass_time(end_us)

    @rule(
        how=st.sampled_from(["clock", "leave", "cancel stage", "cancel stage", "cancel", "restart", "crash"]),
        number=st.integers(1, 6),
    )
    def disturb(self, how: str, number: int) -> None:
        if how == "clock":
            # It jumps, as clocks do that are set.
            self.both.pass_time(self.both.now_us + (-20, 20, 3_600)[number % 3] * MICRO)
        elif how == "leave":
            self.leave()
        elif how == "cancel stage":
            self.cancel_stage(number)
        elif how == "cancel":
            self.cancel(crash=number > 3)
        else:
            self._restart(crash=how == "crash")
            self.both.compare(*self.both.plans)

    def leave(self) -> None:
        """End a registration."""
        going = next((each for each in self.both.runners if not each.draining), None)
        if going is not None and going.name != "t1":
            self.both.run(self.server.unregister_runner(going.registration_id))
            going.draining = True
            self.both.compare()

    def cancel_stage(self, back: int) -> None:
        ref = on_stage(self.written[self.rig.plan].stage_id(back))
        stage = self.model.now.nodes.get(ref)
        if not isinstance(stage, StageIs):
            return
        self.both.run(self.server.cancel_stage(self.rig.plan, ref.id))
        if stage.state is not StageState.FINAL:
            self.both.put(self.rig.plan, {ref: stage.ended(Outcome.CANCELLED, ConcludedReason.CANCELLED)})
        self.both.compare(self.rig.plan)

    def cancel(self, *, crash: bool) -> None:
        """Cancel the plan, sometimes with a crash before it is carried through."""
        self.rig.run(self.server.cancel_work_plan(self.rig.plan))
        self.model.now = World(self.model.now.nodes, cancelled=True)
        if crash:
            self._restart(crash=True)
        else:
            self.rig.run(self.rig.settle())
        self.both.compare(self.rig.plan)

    @precondition(lambda self: self.model.held)
    @rule()
    def release(self) -> None:
        self.both.run(self.server.release_work_plan(self.rig.plan))
        self.model.held = False
        self.both.compare(self.rig.plan)

    def _restart(self, *, crash: bool) -> None:
        """Start another server: SYNC work, and what nobody accepted, is lost, and nothing is charged."""
        self.rig.run(self.rig.crash() if crash else self.rig.restart())
        self.both.lose_streams()
        for attempt in list(self.both.attempts):
            if attempt.accepted:
                attempt.outlive_restart(self.both.now_us)
            else:
                self.both.drop(attempt)
                self.both.stale.append(attempt)
