"""Level 3: a workflow that is defined step by step while it runs."""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self, Unpack

from ci.port import Orchestrator
from ci.workflow.handles import CheckHandle, Origin, StageHandle
from ci.workflow.options import CheckFields, CheckOption, StageFields, StageOption, check_write, stage_write
from ci.workflow.pace import Pace
from ci.workflow.running import RunningPlan
from turboci.dependencies import NodeKind, NodeRef
from turboci.errors import InvalidState
from turboci.ids import new_id


class WorkflowContext(RunningPlan[CheckHandle, StageHandle]):
    """A plan whose nodes are written one by one; each gives a handle that can be awaited.

    Example:
        async with ci.WorkflowContext(orch) as wf:
            build = await wf.define_check("build:main", kind="build")
            await wf.define_stage("exec:build", runner="builder", assigns="build:main")
            check = await build
    """

    def __init__(self, orch: Orchestrator, *, work_plan_id: str | None = None, pace: Pace | None = None) -> None:
        """Prepare a workflow; entering it creates the plan.

        Args:
            orch: Where.
            work_plan_id: A plan that exists, to attach to; None creates one.
            pace: How patiently the plan is watched.
        """
        super().__init__(orch, work_plan_id or "", pace=pace)
        self._key = new_id()
        self._origin = Origin(self._wait_known, self._late_node)
        self._entered = AsyncExitStack()
        self._inside = False

    async def __aenter__(self) -> Self:
        """Create the plan, or look for the one to attach to.

        Raises:
            NotFound: There is no plan of that id.
        """
        if self.work_plan_id:
            plan = await self.orchestrator.get_work_plan(self.work_plan_id)
        else:
            plan = await self.orchestrator.create_work_plan(idempotency_key=self._key)
        self._attach(plan.id, plan.name)
        await self._entered.enter_async_context(self._watcher.watching())
        self._inside = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._inside = False
        await self._entered.aclose()

    async def define_check(self, id: str, *settings: CheckOption, **fields: Unpack[CheckFields]) -> CheckHandle:
        """Write a check; return its handle.

        Args:
            id: Of the check.
            settings: What `with_kind` and its like return.
            fields: The same as keywords.

        Raises:
            EmptyIdError: `id` is empty.
            InvalidArgument: A setting is wrong.
            InvalidState: The plan has the check, and it cannot be changed so; or the workflow is not entered.
        """
        self._require_inside()
        write = check_write(id, settings, fields)
        self._watcher.written(await self.orchestrator.write_nodes(self.work_plan_id, checks=(write,)))
        handle = CheckHandle(NodeRef(NodeKind.CHECK, id), self._origin)
        self._watcher.listen(handle.ref, handle.ended)
        return handle

    async def define_stage(self, id: str, *settings: StageOption, **fields: Unpack[StageFields]) -> StageHandle:
        """Write a stage; return its handle. See `define_check`."""
        self._require_inside()
        write = stage_write(id, settings, fields)
        self._watcher.written(await self.orchestrator.write_nodes(self.work_plan_id, stages=(write,)))
        handle = StageHandle(NodeRef(NodeKind.STAGE, id), self._origin)
        self._watcher.listen(handle.ref, handle.ended)
        return handle

    async def _late_node(self, ref: NodeRef, timeout: float) -> str:
        return await self._late(f"{ref} is not FINAL", timeout, ref)

    def _require_inside(self) -> None:
        if self._inside:
            return
        if not self.work_plan_id:
            hint = "define its nodes inside `async with ci.WorkflowContext(...)`"
            raise InvalidState("the workflow", "is not entered", hint=hint)
        hint = f"define its nodes before its block ends, or attach to it with work_plan_id={self.work_plan_id!r}"
        raise InvalidState("the workflow", "is not open", hint=hint)
