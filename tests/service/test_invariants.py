"""Whatever happens in whatever order, the numbers in the database are those of a recount.

Plans of a few nodes with edges of all kinds are written, run, lost, cancelled, timed out and restarted at random; after
every step everything is counted afresh. `tests.service.examples` says how many there are.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from orchestrator.clock import moment
from orchestrator.service.routes import STREAM
from orchestrator.storage.sqlite.database import _findings
from tests.service.drafts import Draft, Reply, Written, drafts, replies
from tests.service.examples import in_parts, run_examples
from tests.service.quick import QuickRig, cut_cascades
from tests.service.recording import Call
from tests.service.recount import due, final, load, offered, queues, violations
from tests.service.streamed_process import Processes, Saying, sayings
from tests.service.writing import attempt, ended, runner
from turboci.errors import InvalidArgument, InvalidState, NotFound
from turboci.nodes import Assignment, ProgressEntry
from turboci.states import CheckState, ExecutionMode
from turboci.writes import CheckWrite, StageWrite

T = TypeVar("T")


class Orchestration(RuleBasedStateMachine):
    """One server on one file, and everything that may happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self._constants = pytest.MonkeyPatch()
        self._constants.setattr("orchestrator.dispatcher.acceptances._GATHERED_FOR", 0.0)
        self.rig = QuickRig()
        self.written = Written()
        self.streams = Processes(self.rig)
        self.calls: list[Call] = []
        self.accepted: list[str] = []
        self.final: dict[tuple[str, int], tuple[object, ...]] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.rig.run(work)

    def attempted(self, work: Coroutine[Any, Any, object]) -> bool:
        """Do what the server may refuse; return whether it did it."""
        try:
            self.run(work)
            return True
        except (InvalidArgument, InvalidState, NotFound):
            return False
        finally:
            self.run(self.rig.settle())

    def teardown(self) -> None:
        try:
            self.streams.vanish()
            self.rig.end()
        finally:
            self._constants.undo()

    @initialize(
        most=st.integers(0, 2),
        nodes=st.lists(drafts, min_size=4, max_size=8),
        cut=st.booleans(),
        way=st.sampled_from(["call", "stream", "both"]),
    )
    def begin(self, most: int, nodes: list[Draft], cut: bool, way: str) -> None:
        """Start with a plan, and half the time with a server that does little in one transaction."""
        if cut:
            cut_cascades(self._constants)
            self._constants.setattr("orchestrator.service.pool.MOST_OFFERED", 2)
            self._constants.setattr("orchestrator.service.unit_of_work.MOST_OFFERED", 2)
        if way != "stream":
            self.run(self.rig.register("r1", max_concurrent=most))
        if way != "call":
            self.streams.come("t1", most)
        self.add(nodes)

    @rule(nodes=st.lists(drafts, min_size=1, max_size=4))
    def add(self, nodes: list[Draft]) -> None:
        writes = [self.written.write(draft) for draft in nodes]
        if not self.attempted(self.rig.write(*writes)):
            for write in writes:
                self.attempted(self.rig.write(write))

    @rule(
        verb=st.sampled_from(["change", "change", "lock", "end", "fail", "claim"]), back=st.integers(1, 6), draft=drafts
    )
    def write(self, verb: str, back: int, draft: Draft) -> None:
        """Change what was written, as it comes."""
        check_id, stage_id = self.written.check_id(back), self.written.stage_id(back)
        node: CheckWrite | StageWrite
        if verb == "lock":
            node = CheckWrite(id=check_id, state=CheckState.PLANNED)
        elif verb in ("end", "fail"):
            node = ended(check_id, failure="red" if verb == "fail" else None)
        elif verb == "claim" and self.written.claimed:
            stage_id = self.written.claimed[-1 - back % len(self.written.claimed)]
            node = attempt(stage_id, process_uid="me", state=draft.attempt_state)
        elif draft.is_check:
            node = CheckWrite(id=check_id, dependencies=self.written.group(draft, check_id))
        else:
            assignments = tuple(Assignment(self.written.check_id(each)) for each in draft.answers)
            node = StageWrite(id=stage_id, dependencies=self.written.group(draft, stage_id), assignments=assignments)
        self.attempted(self.rig.write(node))

    @rule(name=st.sampled_from(["r1", "r2"]), most=st.integers(0, 2), process=st.sampled_from(["", "", "new"]))
    def register(self, name: str, most: int, process: str) -> None:
        self.run(self.rig.server.register_runner(runner(name, max_concurrent=most, process_uid=process)))
        self.run(self.rig.settle())

    @rule(name=st.sampled_from(["t1", "t2"]), most=st.integers(0, 2))
    def open_a_stream(self, name: str, most: int) -> None:
        self.streams.come(name, most)

    @precondition(lambda self: self.streams.open)
    @rule(
        which=st.integers(0, 5), said=st.lists(sayings, min_size=3, max_size=6), answers=st.lists(replies, min_size=6)
    )
    def speak(self, which: int, said: list[Saying], answers: list[Reply]) -> None:
        """Let a streamed runner say several things at once, sometimes of what is not its own."""
        self.streams.say(which, said, answers, self.written)

    @precondition(lambda self: self.streams.open)
    @rule(
        which=st.integers(0, 5), said=st.lists(sayings, min_size=3, max_size=6), answers=st.lists(replies, min_size=6)
    )
    def speak_on(self, which: int, said: list[Saying], answers: list[Reply]) -> None:
        """Speak twice as often as anything else happens."""
        self.streams.say(which, said, answers, self.written)

    @precondition(lambda self: self.streams.open)
    @rule(which=st.integers(0, 5), how=st.sampled_from(["break", "break", "break", "drain", "leave"]))
    def break_off(self, which: int, how: str) -> None:
        self.streams.break_off(which, how)

    @precondition(lambda self: self.streams.open or self.streams.away)
    @rule(which=st.integers(0, 5), held=st.sampled_from(["all", "all", "some", "none", "foreign"]))
    def open_another_stream(self, which: int, held: str) -> None:
        self.streams.come_back(which, held)

    @precondition(lambda self: self.calls or self.accepted)
    @rule(answers=st.lists(replies, min_size=2, max_size=6))
    def work(self, answers: list[Reply]) -> None:
        """Let runners answer some of their calls, and complete what they accepted."""
        self.answer(answers)

    @precondition(lambda self: self.calls)
    @rule(answers=st.lists(replies, min_size=2, max_size=6))
    def work_on(self, answers: list[Reply]) -> None:
        """Work twice as often as anything else happens."""
        self.answer(answers)

    def answer(self, answers: list[Reply]) -> None:
        for reply in answers:
            self.look_for_calls()
            if reply.completes and self.accepted:
                self.complete(reply)
            elif self.calls:
                self.come_back(self.calls.pop(reply.which % len(self.calls)), reply)

    def come_back(self, call: Call, reply: Reply) -> None:
        if reply.how == "lose":
            call.lose()
        elif reply.how == "refuse":
            call.refuse()
        elif call.execution.mode is ExecutionMode.SYNC:
            call.answer_with(reply.answer(self.written))
        else:
            call.accept()
            self.accepted.append(call.execution.execution_id)
        self.run(self.rig.settle())

    def complete(self, reply: Reply) -> None:
        """Report on an attempt and complete it, sometimes twice, sometimes when it has ended long ago."""
        execution_id = self.accepted[-1 - reply.which % len(self.accepted)]
        self.attempted(self.rig.server.update_execution(execution_id, ProgressEntry(message="nearly done")))
        for _ in range(1 + reply.which % 2):
            self.attempted(self.rig.server.complete_execution(execution_id, reply.answer(self.written)))
        if reply.which < 8:
            self.accepted.remove(execution_id)

    def look_for_calls(self) -> None:
        self.calls += self.rig.runners.take_all()
        self.calls = [call for call in self.calls if not call.reply.done()]

    @rule(seconds=st.sampled_from([0.5, 2.0, 2.0, 25.0, 400.0]))
    def wait(self, seconds: float) -> None:
        self.run(self.rig.advance(seconds))

    @rule(seconds=st.sampled_from([-300.0, -3.0, 3.0, 3_600.0]))
    def set_the_clock(self, seconds: float) -> None:
        """Let the clock jump, as clocks do that are set."""
        self.rig.clock.set(self.rig.clock.at_us + round(seconds * 1_000_000))
        self.run(self.rig.settle())

    @rule(back=st.integers(1, 6))
    def cancel_a_stage(self, back: int) -> None:
        self.attempted(self.rig.server.cancel_stage(self.rig.plan, self.written.stage_id(back)))

    @rule(
        how=st.sampled_from([{}, {"held": True}, {"fail_fast": True}, {"deadline": 30.0}]),
        nodes=st.lists(drafts, min_size=4, max_size=8),
    )
    def begin_another_plan(self, how: dict[str, Any], nodes: list[Draft]) -> None:
        """Leave the plan to itself, and go on with one that is held, fails fast or has a deadline."""
        deadline = moment(self.rig.clock.at_us + 30_000_000) if "deadline" in how else None
        self.rig.plan = self.run(self.rig.server.create_work_plan(**{**how, "deadline": deadline})).id
        self.written = Written()
        self.add(nodes)

    @rule()
    def release(self) -> None:
        self.run(self.rig.server.release_work_plan(self.rig.plan))
        self.run(self.rig.settle())

    @rule()
    def cancel(self) -> None:
        self.run(self.rig.server.cancel_work_plan(self.rig.plan))
        self.run(self.rig.settle())

    @rule(how=st.sampled_from(["unregister", "stop", "crash", "crash", "cancel"]), nodes=st.lists(drafts, min_size=4))
    def disturb(self, how: str, nodes: list[Draft]) -> None:
        """Take a runner, the server or the plan away, and go on."""
        if how == "unregister":
            for listed in self.run(self.rig.server.list_runners())[:1]:
                self.run(self.rig.server.unregister_runner(listed.registration_id))
        elif how == "cancel":
            self.cancel()
            self.begin_another_plan({}, nodes)
        else:
            self.calls.clear()
            self.run(self.rig.crash() if how == "crash" else self.rig.restart())
            self.streams.vanish()

    @invariant()
    def the_numbers_are_those_of_a_recount(self) -> None:
        self.look_for_calls()
        look = self.rig.look
        broken = look(violations)
        assert not broken, "\n".join(broken)
        assert look(_findings) == []
        loads = look(load)
        listed = self.run(self.rig.server.list_runners())
        counted = {info.registration_id: loads[info.registration_id] for info in listed}
        assert {info.registration_id: info.current_load for info in listed} == counted

    @invariant()
    def the_pool_knows_what_is_offered_and_who_is_away(self) -> None:
        engine = self.rig.server._engine
        offers = self.rig.look(offered)
        assert {entry.row.registration_id: entry.offered for entry in engine.pool if entry.offered} == offers
        streams = [entry for entry in engine.pool if entry.row.address.startswith(STREAM) and not entry.row.draining]
        known = {entry.row.address: entry.away for entry in streams}
        assert known == {address: engine.dispatcher.outboxes.get(address) is None for address in known}
        self.streams.hold_that_nothing_came_twice()

    @invariant()
    def nothing_waits_for_a_runner_that_has_room(self) -> None:
        pool, now_us = self.rig.server._engine.pool, self.rig.clock.at_us
        waiting = {(runner_type, mode) for runner_type, mode, _ in self.rig.look(queues)}
        assert [kind for kind in waiting if pool.pick(*kind, now_us) is not None] == []

    @invariant()
    def what_is_final_stays_as_it_is(self) -> None:
        rows = self.rig.look(final)
        assert {name: rows.get(name) for name in self.final} == self.final
        self.final = rows

    @invariant()
    def nothing_is_forgotten(self) -> None:
        """Whatever is queued the dispatcher knows of, and whatever was due has been looked at."""
        queued, overdue = self.rig.look(queues), self.rig.look(lambda file: due(file, self.rig.clock.at_us))
        pool = self.rig.server._engine.pool
        assert queued <= {(*kind, plan) for kind, ring in pool._waiting.items() for plan in ring}
        assert overdue == []

    @invariant()
    def whatever_waits_says_why(self) -> None:
        nodes = self.run(self.rig.server.query_nodes(self.rig.plan))
        waiting = {node.ref for node in nodes.checks if node.outcome is None}
        waiting |= {node.ref for node in nodes.stages if node.outcome is None}
        explanation = self.run(self.rig.server.explain(self.rig.plan))
        assert {reason.node for reason in explanation.reasons} == waiting


@pytest.mark.timeout(3_600)
@in_parts
def test_everything_is_as_a_recount_says(part: int) -> None:
    """After every step of random plans the numbers in the database are those of a recount."""
    run_examples(Orchestration, part)
