"""A plan that runs: waiting for it, asking about it, ending it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Generic, TypeVar

from ci.identity import Unique
from ci.port import EventStream, Orchestrator
from ci.workflow.errors import WorkflowFailed, listed
from ci.workflow.explaining import Explaining, explain_first
from ci.workflow.names import Named, any_ref_of, ref_of
from ci.workflow.pace import Pace
from ci.workflow.result import WorkflowResult
from ci.workflow.suggestions import did_you_mean
from ci.workflow.uncommitted import NothingUncommitted, Uncommitted
from ci.workflow.watcher import PlanWatcher
from turboci.dependencies import NodeKind, NodeRef
from turboci.errors import CIError, NotFound
from turboci.events import EventFilter
from turboci.nodes import Check, Nodes, Stage
from turboci.reasons import Reason
from turboci.states import CheckState, PlanStatus, StageState

NamedCheck = TypeVar("NamedCheck", bound=Named)
NamedStage = TypeVar("NamedStage", bound=Named)


class RunningPlan(Unique, Generic[NamedCheck, NamedStage]):
    """A plan on an orchestrator, as its clients see it.

    Attributes:
        orchestrator: Where it runs.
        work_plan_id: Its id.
    """

    def __init__(
        self,
        orchestrator: Orchestrator,
        work_plan_id: str,
        *,
        name: str = "",
        known: Nodes | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.orchestrator = orchestrator
        self._pace = pace
        self._attach(work_plan_id, name, known)

    @property
    def complete(self) -> bool:
        """Whether every node was FINAL when somebody last waited for one; later nodes end it."""
        return self._watcher.complete

    async def wait_for_completion(
        self, *, timeout: float | None = None, raise_on_failure: bool = True
    ) -> WorkflowResult:
        """Wait until every node is FINAL; return all of them.

        Args:
            timeout: Seconds; None waits as long as it takes.
            raise_on_failure: Whether a node that FAILED or was CANCELLED is an error.

        Raises:
            WorkflowFailed: A node FAILED or was CANCELLED; the error carries the result.
            WorkflowStalled: Nothing that is under way can complete the plan.
            TimeoutError: It is not complete after `timeout`; the text says why.
            DAGValidationError: A node that was added since is wrong.
            OrchestratorUnavailable: The orchestrator cannot be reached for a long time.
        """
        await self._settle()
        nodes = await self._all_final(timeout)
        result = WorkflowResult.of(self.work_plan_id, self._name, nodes)
        if raise_on_failure and not result.ok:
            raise WorkflowFailed(result)
        return result

    async def wait_for_check(self, check: NamedCheck | NodeRef | str, /, *, timeout: float | None = None) -> Check:
        """Wait until a check is FINAL; return it, whatever its outcome.

        Args:
            check: The node, its reference or its id.
            timeout: Seconds; None waits as long as it takes.

        Raises:
            NotFound: The plan does not have it, and nothing is defined that could become it.
            TimeoutError: It is not FINAL after `timeout`; the text says why.
            WorkflowStalled: Nothing that is under way can bring it there.
            DAGValidationError: A node that was added since is wrong.
        """
        node = await self._wait_for(ref_of(check, NodeKind.CHECK), timeout)
        assert isinstance(node, Check)
        return node

    async def wait_for_stage(self, stage: NamedStage | NodeRef | str, /, *, timeout: float | None = None) -> Stage:
        """Wait until a stage is FINAL; return it, whatever its outcome. See `wait_for_check` for the errors."""
        node = await self._wait_for(ref_of(stage, NodeKind.STAGE), timeout)
        assert isinstance(node, Stage)
        return node

    async def get_check(self, check: NamedCheck | NodeRef | str, /) -> Check:
        """Return a check as it is now.

        Raises:
            NotFound: The plan does not have it.
        """
        ref = ref_of(check, NodeKind.CHECK)
        await self._settle()
        node = await self._require(ref)
        assert isinstance(node, Check)
        return node

    async def get_stage(self, stage: NamedStage | NodeRef | str, /) -> Stage:
        """Return a stage as it is now.

        Raises:
            NotFound: The plan does not have it.
        """
        ref = ref_of(stage, NodeKind.STAGE)
        await self._settle()
        node = await self._require(ref)
        assert isinstance(node, Stage)
        return node

    async def query_checks(self, *states: CheckState) -> tuple[Check, ...]:
        """Return the checks in these states, in order of creation; without arguments all."""
        await self._settle()
        found = await self.orchestrator.query_nodes(self.work_plan_id, check_states=states, include_stages=False)
        return found.checks

    async def query_stages(self, *states: StageState) -> tuple[Stage, ...]:
        """Return the stages in these states, in order of creation; without arguments all."""
        await self._settle()
        found = await self.orchestrator.query_nodes(self.work_plan_id, stage_states=states, include_checks=False)
        return found.stages

    def events(self, *, after_sequence: int | None = None, only: EventFilter | None = None) -> EventStream:
        """Yield what happens to the plan, without end; close the stream, `contextlib.aclosing` does it.

        Args:
            after_sequence: Start after this event; 0 is the beginning, None what happens from now on.
            only: Which events; None is all, without nodes.
        """
        return self.orchestrator.watch(self.work_plan_id, after_sequence=after_sequence, only=only)

    async def why(self, node: NamedCheck | NamedStage | NodeRef | str | None = None, /) -> Sequence[Reason]:
        """Say why a node, or everything that is not FINAL, is not; `str` of a reason is a sentence.

        Nodes that another task of this process has added and not committed are reasons, too.

        Args:
            node: The node or its reference; a plain string is a check id; None is the whole plan.

        Raises:
            NotFound: The plan does not have it.
        """
        refs = () if node is None else (any_ref_of(node),)
        await self._settle()
        uncommitted = [reason for reason in self._uncommitted().reasons() if not refs or reason.node in refs]
        if refs and uncommitted:
            return uncommitted
        return (*uncommitted, *(await self.orchestrator.explain(self.work_plan_id, refs)).reasons)

    async def cancel(self, reason: str = "") -> None:
        """End everything that is not FINAL, running work included; idempotent."""
        await self.orchestrator.cancel_work_plan(self.work_plan_id, reason)

    async def cancel_stage(self, stage: NamedStage | NodeRef | str, /, reason: str = "") -> Stage:
        """End a stage that is not FINAL, its children and its running attempt included; idempotent.

        The checks that nobody else is to answer end CANCELLED; what depends on it follows its conditions.

        Args:
            stage: The node, its reference or its id.
            reason: For people; becomes the cause.

        Raises:
            NotFound: The plan does not have it.
        """
        ref = ref_of(stage, NodeKind.STAGE)
        await self._settle()
        return await self.orchestrator.cancel_stage(self.work_plan_id, ref.id, reason)

    async def status(self) -> PlanStatus:
        """Return what the nodes of the plan add up to."""
        return (await self.orchestrator.get_work_plan(self.work_plan_id)).status

    def _attach(self, work_plan_id: str, name: str, known: Nodes | None = None) -> None:
        """Turn to a plan."""
        self.work_plan_id = work_plan_id
        self._name = name
        self._explaining = Explaining(self.orchestrator, work_plan_id)
        self._watcher = PlanWatcher(
            self.orchestrator, work_plan_id, known=known, uncommitted=self._uncommitted(), pace=self._pace
        )

    async def _wait_for(self, ref: NodeRef, timeout: float | None) -> Check | Stage:
        await self._settle()
        if not self._knows(ref):
            await self._require(ref)
        return await self._wait_known(ref, timeout)

    async def _wait_known(self, ref: NodeRef, timeout: float | None) -> Check | Stage:
        try:
            return await self._watcher.node(ref, timeout)
        except TimeoutError:
            raise TimeoutError(await self._late(f"{ref} is not FINAL", timeout, ref)) from None

    async def _all_final(self, timeout: float | None) -> Nodes:
        """Wait for completion until a look at all nodes confirms it."""
        loop = asyncio.get_running_loop()
        deadline = None if timeout is None else loop.time() + timeout
        while True:
            try:
                await self._watcher.completion(None if deadline is None else deadline - loop.time())
            except TimeoutError:
                name = f"workflow {self._name!r}" if self._name else f"work plan {self.work_plan_id!r}"
                raise TimeoutError(await self._late(f"{name} is not complete", timeout)) from None
            nodes = await self.orchestrator.query_nodes(self.work_plan_id)
            if all(check.state is CheckState.FINAL for check in nodes.checks) and all(
                stage.state is StageState.FINAL for stage in nodes.stages
            ):
                return nodes
            self._watcher.written(nodes)

    async def _require(self, ref: NodeRef) -> Check | Stage:
        found = await self._query_one(ref)
        if found.checks:
            return found.checks[0]
        if found.stages:
            return found.stages[0]
        everything = await self.orchestrator.query_nodes(self.work_plan_id)
        known = [node.id for node in (everything.checks if ref.kind is NodeKind.CHECK else everything.stages)]
        raise NotFound(
            str(ref),
            f"is not in work plan {self.work_plan_id!r}{did_you_mean(ref.id, known)}",
            hint=f"it has {len(known)} {ref.kind.value}{'' if len(known) == 1 else 's'}",
            field="id",
        )

    async def _query_one(self, ref: NodeRef) -> Nodes:
        if ref.kind is NodeKind.CHECK:
            return await self.orchestrator.query_nodes(self.work_plan_id, check_ids=(ref.id,), include_stages=False)
        return await self.orchestrator.query_nodes(self.work_plan_id, stage_ids=(ref.id,), include_checks=False)

    async def _late(self, what: str, timeout: float | None, ref: NodeRef | None = None) -> str:
        text = f"{what} after {timeout:g} s"
        uncommitted = self._uncommitted().reasons()
        try:
            reasons = await self._explaining.why(ref) if ref is not None else await self._explain_first()
        except CIError as error:
            return f"{text}; the orchestrator cannot say why: {error}{listed(uncommitted)}"
        return text + listed((*uncommitted, *reasons))

    async def _explain_first(self) -> Sequence[Reason]:
        return (await explain_first(self.orchestrator, self.work_plan_id)).reasons

    async def _settle(self) -> None:
        """Bring the plan up to date before it is looked at."""

    def _uncommitted(self) -> Uncommitted:
        """Return the nodes that are about to join the plan."""
        return NothingUncommitted()

    def _knows(self, ref: NodeRef) -> bool:  # noqa: ARG002 - nothing is known here
        """Return whether the plan has, or will have, such a node."""
        return False
