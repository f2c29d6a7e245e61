"""What a handler knows about its stage, and what it can say while it works."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TypeVar

from ci.graph.drafts import CheckDraft, StageDraft
from ci.graph.locations import here
from ci.identity import Unique
from ci.port import Orchestrator
from ci.runner.belongings import Belongings
from ci.runner.receipt import Receipt
from turboci.errors import InvalidArgument, NotFound
from turboci.executions import Execution
from turboci.nodes import Check, Nodes, typed
from turboci.payloads import JSON
from turboci.writes import CheckWrite, StageWrite

T = TypeVar("T")


class StageContext(Unique):
    """One attempt of a stage, as its handler sees it.

    Attributes:
        execution_id: Names the attempt.
        stage_id: The stage.
        work_plan_id: Its plan.
        attempt: Counts from 1.
        args: What the stage was written with.

    Example:
        @runner.handler
        async def build(stage: ci.StageContext) -> dict[str, object]:
            plan = await stage.check("plan")
            await stage.progress(50, f"building {stage.arg('target', str)}")
            return {"artifact": "app.tar", "targets": plan.value("targets", list[str])}
    """

    def __init__(self, execution: Execution, port: Orchestrator, belongings: Belongings) -> None:
        """Wrap an execution; runners do this."""
        self.execution_id: str = execution.execution_id
        self.stage_id: str = execution.stage_id
        self.work_plan_id: str = execution.work_plan_id
        self.attempt: int = execution.attempt_idx
        self.args: Mapping[str, JSON] = execution.args
        self._execution = execution
        self._port = port
        self._belongings = belongings

    @property
    def deadline(self) -> float | None:
        """Seconds since 1970 until which an answer counts, or None."""
        return None if self._execution.deadline is None else self._execution.deadline.timestamp()

    @property
    def check_ids(self) -> tuple[str, ...]:
        """The checks that it answers."""
        return tuple(check.check_id for check in self._execution.checks)

    @property
    def check_options(self) -> Mapping[str, Mapping[str, JSON]]:
        """Their options, by check id."""
        return {check.check_id: check.options for check in self._execution.checks}

    @property
    def cancelled(self) -> threading.Event:
        """Set when the attempt is stopped; plain functions look at it, coroutines are cancelled."""
        return self._belongings.cancelled

    def arg(self, key: str, kind: type[T], /) -> T:
        """Return one argument, checked.

        Example:
            targets = stage.arg("targets", list[str])

        Raises:
            NotFound: The stage has no such argument.
            InvalidArgument: It has another type.
        """
        subject = f"stage {self.stage_id!r}"
        if key not in self.args:
            known = ", ".join(repr(name) for name in sorted(self.args)) or "none"
            raise NotFound(subject, f"has no argument {key!r}", hint=f"it has: {known}", field=f"args.{key}")
        return typed(self.args[key], kind, subject=subject, path=f"args.{key}")

    def progress(self, percent: int, message: str = "") -> Receipt:
        """Tell how far the work is; legal from a thread.

        Args:
            percent: 0 to 100.
            message: For people.

        Raises:
            InvalidArgument: `percent` is out of range.
        """
        if type(percent) is not int or not 0 <= percent <= 100:
            raise InvalidArgument(
                f"progress of stage {self.stage_id!r}", f"is {percent!r}", hint="it is a whole number from 0 to 100",
                field="percent",
            )  # fmt: skip
        return self._belongings.reporter.progress(percent, message)

    def log(self, text: str) -> None:
        """Show text with the attempt; gathered, so that many lines cost few calls. Legal from a thread."""
        self._belongings.reporter.log(text)

    def report(self, check_id: str, data: Mapping[str, object] | None = None) -> None:
        """Answer one check, assigned or not; it travels with the answer of the stage.

        Data of several reports is folded by key. The return value of the handler goes to every assigned check, and
        what was reported here wins over it.

        Raises:
            InvalidArgument: `data` is not JSON; the message has the path.
        """
        self._belongings.reports.add(check_id, data)

    def fail_check(self, check_id: str, message: str, *, data: Mapping[str, object] | None = None) -> None:
        """Answer one check red, while the stage itself succeeds.

        Raises:
            InvalidArgument: `data` is not JSON; the message has the path.
        """
        self._belongings.reports.add(check_id, data, failure=message)

    async def check(self, id: str) -> Check:
        """Return a check of the plan as it is now, results included; what this task has added is committed before.

        Raises:
            NotFound: The plan has no such check.
            DAGValidationError: An open node is wrong.
        """
        await self._belongings.children.commit()
        nodes = await self._port.query_nodes(self.work_plan_id, check_ids=[id], include_stages=False)
        for check in nodes.checks:
            if check.id == id:
                return check
        raise NotFound(f"check {id!r}", f"is not in work plan {self.work_plan_id!r}")

    def add_check(self, id: str) -> CheckDraft:
        """Add a check to the plan, for a child to answer; to be awaited.

        An awaited chain, ``await stage.add_check(id).kind("build")``, writes the check whole. After a bare
        ``await stage.add_check(id)`` settings count until it is committed: by `commit`, by `check`, or by the end of
        the handler. A plain function does not await: what it adds is written when it returns.

        Raises:
            EmptyIdError: `id` is empty.
            InvalidArgument: `id` is not an id.
        """
        return self._belongings.children.check(id, here())

    def add_stage(self, id: str) -> StageDraft:
        """Add a child of this stage to the plan; to be awaited like `add_check`.

        A stage with children ends when its handler has returned and all of them have ended: FAILED if one of them
        FAILED or was CANCELLED. The checks that it answers are FINAL when the handler has returned, except for those
        that a child answers, too: they are left to it, so let a last child speak for the whole group.

        Example:
            for target in stage.arg("targets", list[str]):
                built = await stage.add_check(f"build:{target}")
                await stage.add_stage(f"build:{target}").runner("builder").arg("target", target).assigns(built)

        Raises:
            EmptyIdError: `id` is empty.
            InvalidArgument: `id` is not an id.
        """
        return self._belongings.children.stage(id, here())

    async def commit(self) -> None:
        """Write what this task has added and not written yet, all with one call.

        Raises:
            DAGValidationError: It has problems; nothing was written.
            StaleAttempt: The attempt has ended.
        """
        await self._belongings.children.commit()

    async def write_nodes(self, *, checks: Sequence[CheckWrite] = (), stages: Sequence[StageWrite] = ()) -> Nodes:
        """Write nodes on behalf of this attempt, as builders make them; refused once the attempt has ended.

        Stages that name this one as their parent are its children, as those of `add_stage` are.

        Raises:
            StaleAttempt: The attempt has ended.
            InvalidArgument: A value is wrong.
            InvalidState: A write does not fit the state of its node.
        """
        return await self._belongings.children.write(checks, stages)
