"""The server agrees with a model that is nothing but the specification: `tests.stress.model`.

Plans with edges of all kinds, children, clean-up stages and deadlines are written, answered, lost, refused, cancelled
and restarted at random, while runners come and go and the clock moves; after every step all nodes must stand where the
rules lead to, and everything is counted afresh. `tests.service.examples` says how many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from orchestrator.clock import moment
from tests.service.drafts import Draft, Written, drafts
from tests.service.examples import in_parts, run_examples
from tests.service.quick import cut_cascades
from tests.service.writing import ended, on_check, runner
from tests.stress.answering import answered
from tests.stress.attempts import MICRO, Attempt, Runner
from tests.stress.circles import waits_in_a_circle
from tests.stress.disturbing import LIVES, Disturbed
from tests.stress.model import CheckIs, Model, World
from tests.stress.replies import Reply, replies
from tests.stress.writing import NotAllowed, add
from turboci.errors import InvalidArgument, InvalidState, StaleAttempt
from turboci.executions import Answer
from turboci.nodes import ProgressEntry
from turboci.states import CheckState
from turboci.writes import CheckWrite, StageWrite

MOST = 18
"""Nodes of one plan: enough for every kind of meeting."""


class AgainstTheModel(Disturbed):
    """One server, two runners that are called and one with a stream, which come and go, and a few plans."""

    @initialize(cut=st.booleans(), streams=st.booleans(), nodes=st.lists(drafts, min_size=5, max_size=10))
    def begin(self, cut: bool, streams: bool, nodes: list[Draft]) -> None:
        """Start with a plan, and half the time with a server that does little in one transaction."""
        if cut:
            cut_cascades(self.both.constants)
        if streams:
            self.open_a_stream()
        else:
            self.come("r2", 0, again=False)
        self.write(nodes, None)

    @rule(kind=st.sampled_from(["", "held", "fail fast", "deadline"]), nodes=st.lists(drafts, min_size=5, max_size=10))
    def another_plan(self, kind: str, nodes: list[Draft]) -> None:
        deadline_us = self.both.now_us + 150 * MICRO if kind == "deadline" else None
        model = Model(kind == "fail fast", kind == "held", deadline_us)
        plan = self.both.run(
            self.server.create_work_plan(
                held=model.held, fail_fast=model.fail_fast, deadline=moment(deadline_us) if deadline_us else None
            )
        )
        self.rig.plan = plan.id
        self.both.plans[plan.id], self.written[plan.id] = model, Written()
        self.write(nodes, None)

    @rule(nodes=st.lists(drafts, min_size=1, max_size=6), also=st.none() | st.integers(1, 4))
    def write(self, nodes: list[Draft], also: int | None) -> None:
        """Add nodes, and perhaps end a check in the same call."""
        written = self.written[self.rig.plan]
        room = MOST - written.checks - written.stages
        before = replace(written)
        writes: list[CheckWrite | StageWrite] = [written.write(replace(draft, claimed=False, patience=None))
                                                 for draft in nodes[:room]]  # fmt: skip
        if also is not None and self._is_open(written.check_id(also)):
            writes.insert(0, ended(written.check_id(also)))
        if not self._written(writes):
            self.written[self.rig.plan] = before
            for draft in nodes if len(nodes) > 1 else ():
                self.write([draft], None)

    def _is_open(self, check_id: str) -> bool:
        check = self.model.now.nodes.get(on_check(check_id))
        return check is not None and check.outcome is None

    def _written(self, writes: Sequence[CheckWrite | StageWrite], execution_id: str | None = None) -> bool:
        """Write to the server and to the model; return whether both did."""
        wanted = self.model.copy()
        if self.both.is_overdue(wanted):
            wanted.now = World(wanted.now.nodes, cancelled=True)
        try:
            add(wanted, writes)
            allowed = not waits_in_a_circle(wanted)
        except NotAllowed:
            allowed = False
        try:
            self.both.run(self.rig.write(*writes, execution_id=execution_id))
            accepted = True
        except (InvalidArgument, InvalidState) as error:
            refusal, accepted = error, False
        assert accepted == allowed, "refused without a reason: " + str(refusal) if allowed else "a circle was accepted"
        if accepted:
            self.both.plans[self.rig.plan] = wanted
        self.both.compare(self.rig.plan, count=accepted)
        return accepted

    @rule(back=st.integers(1, 5), how=st.sampled_from(["lock", "end", "end red"]))
    def touch_a_check(self, back: int, how: str) -> None:
        """Say that a check that is being defined is complete, or answer one from outside."""
        check_id = self.written[self.rig.plan].check_id(back)
        check = self.model.now.nodes.get(on_check(check_id))
        if how == "lock" and check == CheckIs(CheckState.PLANNING):
            self._written([CheckWrite(id=check_id, state=CheckState.PLANNED)])
        elif how != "lock" and self._is_open(check_id):
            self._written([ended(check_id, failure="red" if how == "end red" else None)])

    @rule(name=st.sampled_from(["r1", "r1", "r2"]), most=st.integers(0, 3), again=st.booleans())
    def come(self, name: str, most: int, again: bool) -> None:
        """Register a runner, renew its registration, or put a new process in the place of an old one."""
        known = [each for each in self.both.runners if each.name == name and not each.draining]
        process = known[0].process if known and not again else f"{name}-{self.both.now_us}-{len(self.both.stale)}"
        registration = runner(name, max_concurrent=most, process_uid=process, ttl=LIVES[name])
        lease = self.both.run(self.server.register_runner(registration))
        expires_us = self.both.now_us + LIVES[name] * MICRO
        if known and known[0].process == process:
            self.both.renew(known[0], most, expires_us)
        else:
            for each in known:
                each.draining = True
            self.both.runners.append(Runner(name, lease.registration_id, process, most, expires_us))
        self.both.compare()

    @precondition(lambda self: self.both.attempts)
    @rule(work=st.lists(replies, min_size=2, max_size=6))
    def work(self, work: list[Reply]) -> None:
        """Let runners do something with some of their attempts."""
        for reply in work:
            if self.both.attempts:
                self._do(self._pick(reply.which), reply)

    @precondition(lambda self: self.both.attempts)
    @rule(work=st.lists(replies, min_size=2, max_size=6))
    def work_on(self, work: list[Reply]) -> None:
        """Work more often than anything else happens."""
        self.work(work)

    def _do(self, attempt: Attempt, reply: Reply) -> None:
        if attempt.is_forsaken(self.both.now_us) and reply.how == "answer":
            with pytest.raises(StaleAttempt):
                self.both.complete(attempt, Answer())
        elif reply.how == "answer" or (attempt.accepted and reply.how != "report"):
            self._answer(attempt, reply)
        elif attempt.accepted:
            self.report(attempt)
        elif attempt.is_offer and reply.how == "report":
            self.accept(attempt)
        else:
            self.come_back_without_an_answer(attempt, reply.how)

    @precondition(lambda self: self.both.attempts)
    @rule(which=st.integers(0, 9), reply=replies, other=replies)
    def answer_twice(self, which: int, reply: Reply, other: Reply) -> None:
        """Repeat a completion: the same is accepted again and changes nothing, another one is refused."""
        attempt = self._pick(which)
        if attempt.is_forsaken(self.both.now_us):
            return
        answer = self._answer(attempt, reply)
        if not attempt.is_async or attempt in self.both.attempts:
            return
        self.both.complete(attempt, answer)
        another = other.answer(attempt.call.execution, self._check_ids(attempt.plan))
        if another != answer:
            with pytest.raises(StaleAttempt):
                self.both.complete(attempt, another)
        self.both.compare(attempt.plan)

    def _answer(self, attempt: Attempt, reply: Reply) -> Answer:
        answer = reply.answer(attempt.call.execution, self._check_ids(attempt.plan))
        model = self.both.plans[attempt.plan]
        if attempt.is_async:
            self.both.complete(attempt, answer)
        else:
            attempt.answer_call(answer)
            self.rig.run(self.rig.settle())
        self.both.drop(attempt)
        self.both.put(attempt.plan, answered(model, attempt.ref, answer))
        self.both.compare(attempt.plan)
        return answer

    def _check_ids(self, plan: str) -> list[str]:
        return [node.id for node, it in self.both.plans[plan].now.nodes.items() if isinstance(it, CheckIs)]

    def _pick(self, which: int) -> Attempt:
        return self.both.attempts[which % len(self.both.attempts)]

    @precondition(lambda self: any(not each.is_async for each in self.both.attempts))
    @rule(which=st.integers(0, 9))
    def answer_what_does_not_fit(self, which: int) -> None:
        """Update a check that does not exist: a SYNC answer becomes red, an ASYNC one is refused and moves nothing."""
        attempt = self._pick(which)
        if attempt.is_forsaken(self.both.now_us):
            return
        answer = Reply.of_unknown_check()
        if attempt.is_async:
            with pytest.raises(InvalidArgument):
                self.both.complete(attempt, answer)
        else:
            attempt.answer_call(answer)
            self.rig.run(self.rig.settle())
            self.both.drop(attempt)
            red = Answer(failure="does not fit")
            self.both.put(attempt.plan, answered(self.both.plans[attempt.plan], attempt.ref, red))
        self.both.compare(attempt.plan)

    def accept(self, attempt: Attempt) -> None:
        """Take an ASYNC attempt."""
        attempt.call.accept()
        attempt.hear(self.both.now_us)
        self.rig.run(self.rig.settle())
        self.both.pass_time(self.both.now_us)

    def report(self, attempt: Attempt) -> None:
        """Report progress, which is a sign of life."""
        self.both.complete(attempt, ProgressEntry(message="nearly done"))
        attempt.hear(self.both.now_us)
        self.both.compare(attempt.plan)

    @precondition(lambda self: self.both.attempts)
    @rule(which=st.integers(0, 9), node=drafts)
    def spawn(self, which: int, node: Draft) -> None:
        """Let an attempt write a child of its stage."""
        attempt = self._pick(which)
        self.rig.plan = attempt.plan
        written = self.written[attempt.plan]
        if written.checks + written.stages >= MOST or attempt.is_forsaken(self.both.now_us):
            return
        before = replace(written)
        child = written.write(replace(node, is_check=False, claimed=False, patience=None, child_of=0))
        assert isinstance(child, StageWrite)
        child = replace(child, parent_stage_id=attempt.ref.id)
        if not self._written([child], attempt.execution_id):
            self.written[attempt.plan] = before

    @precondition(lambda self: self.both.stale)
    @rule(which=st.integers(0, 9), reply=replies)
    def come_too_late(self, which: int, reply: Reply) -> None:
        """Accept, complete, report and write for an attempt that has ended: it is dead for ever."""
        attempt = self.both.stale[which % len(self.both.stale)]
        if attempt.is_async and not attempt.call.reply.done():
            attempt.call.accept()
        answer = reply.answer(attempt.call.execution, [])
        for dead in (
            self.server.complete_execution(attempt.execution_id, answer),
            self.server.update_execution(attempt.execution_id, ProgressEntry(message="still here")),
            self.rig.write(CheckWrite(id="late"), execution_id=attempt.execution_id, plan=attempt.plan),
        ):
            with pytest.raises(StaleAttempt):
                self.both.run(dead)
        self.both.compare(attempt.plan)

    def come_back_without_an_answer(self, attempt: Attempt, how: str) -> None:
        """Be lost, or refuse."""
        if how == "lose":
            attempt.call.lose()
            self.rig.run(self.rig.settle())
            self.both.compare(attempt.plan, lost=self.both.lose([attempt]))
            return
        attempt.runner.refused_us = self.both.now_us
        if attempt.is_async and how == "decline":
            attempt.call.decline()
        else:
            attempt.call.refuse()
        self.rig.run(self.rig.settle())
        self.both.drop(attempt, taken=False)
        self.both.stale.append(attempt)
        self.both.compare(attempt.plan)


@pytest.mark.timeout(3_600)
@in_parts
def test_the_server_does_as_the_specification_says(part: int) -> None:
    """After every step of random plans all nodes stand where the specification leads to."""
    run_examples(AgainstTheModel, part)
