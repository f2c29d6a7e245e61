"""The calls that the client layers need from an orchestrator.

Two things implement it: `ci.remote.RemoteOrchestrator` over gRPC, and the orchestrator's own services in this process
(`ci.embedded`). Every method raises the errors of `turboci.errors`, the same classes on both.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, Unpack

from turboci.dependencies import NodeRef
from turboci.events import Event, EventFilter
from turboci.executions import Acceptance, Answer, Execution
from turboci.logs import LogPiece
from turboci.nodes import Nodes, ProgressEntry, Stage, WorkPlan
from turboci.plans import DeletedPlans, PlanPage
from turboci.queries import NodeFilters
from turboci.reasons import Explanation
from turboci.runners import Lease, RunnerInfo, RunnerRegistration
from turboci.states import ExecutionMode, PlanStatus
from turboci.writes import CheckWrite, StageWrite


class EventStream(Protocol):
    """The events of a plan, as they happen; whoever leaves them before their end closes them.

    Example:
        async with contextlib.aclosing(execution.events()) as events:
            async for event in events:
                if isinstance(event, ci.PlanCompleted):
                    break
    """

    def __aiter__(self) -> AsyncIterator[Event]:
        """Return the stream."""
        ...

    def __anext__(self) -> Awaitable[Event]:
        """Return the next event."""
        ...

    def aclose(self) -> Awaitable[None]:
        """End the stream: the orchestrator stops sending."""
        ...


class LogStream(Protocol):
    """The output of a stage, as it comes; whoever leaves it before its end closes it.

    Example:
        async with contextlib.aclosing(orchestrator.read_log(plan.id, "test")) as log:
            async for piece in log:
                print(piece.text, end="")
    """

    def __aiter__(self) -> AsyncIterator[LogPiece]:
        """Return the stream."""
        ...

    def __anext__(self) -> Awaitable[LogPiece]:
        """Return the next piece."""
        ...

    def aclose(self) -> Awaitable[None]:
        """End the stream: the orchestrator stops sending."""
        ...


class Orchestrator(Protocol):
    """An orchestrator, wherever it runs.

    Example:
        async def release(orch: ci.Orchestrator) -> None:
            plan = await orch.create_work_plan({"name": "release"})
            check = ci.new_check("approval").external().build()
            await orch.write_nodes(plan.id, checks=[check])
    """

    async def create_work_plan(
        self,
        metadata: Mapping[str, str] | None = None,
        *,
        idempotency_key: str | None = None,
        deadline: datetime | None = None,
        fail_fast: bool = False,
        held: bool = False,
    ) -> WorkPlan:
        """Create an empty plan.

        Args:
            metadata: Free text; ``name`` is shown as the plan's name.
            idempotency_key: The same key again returns the first plan.
            deadline: When what is open is cancelled; None is never.
            fail_fast: Whether the first FAILED node cancels the rest.
            held: Whether nothing of it starts until it is released.

        Raises:
            AlreadyExists: The key was used with other metadata.
        """
        ...

    async def get_work_plan(self, work_plan_id: str) -> WorkPlan:
        """Return a plan.

        Raises:
            NotFound: There is none.
        """
        ...

    async def list_work_plans(
        self,
        *,
        statuses: Collection[PlanStatus] = (),
        name: str = "",
        page_size: int = 0,
        page_token: str = "",
    ) -> PlanPage:
        """Return plans, newest first; empty filters mean all.

        Args:
            statuses: Those that are wanted.
            name: The exact name.
            page_size: At most so many; 0 means 100, 1,000 is the limit. A page may be shorter while there are more.
            page_token: The `PlanPage.next_page_token` of the former page.

        Raises:
            InvalidArgument: The size or the token is none.
        """
        ...

    async def release_work_plan(self, work_plan_id: str) -> WorkPlan:
        """Let a held plan start; idempotent.

        Raises:
            NotFound: There is no such plan.
        """
        ...

    async def delete_work_plans(self, *, older_than: float = 0.0, keep: int = 0, dry_run: bool = False) -> DeletedPlans:
        """Delete finished plans with all that belongs to them; those that are not finished stay.

        Args:
            older_than: Seconds that have passed since they finished.
            keep: How many of those that finished last stay.
            dry_run: Whether they are only counted.
        """
        ...

    async def write_nodes(
        self,
        work_plan_id: str,
        *,
        checks: Sequence[CheckWrite] = (),
        stages: Sequence[StageWrite] = (),
        execution_id: str | None = None,
    ) -> Nodes:
        """Create and change nodes, all of them or none; return them as they are afterwards.

        Raises:
            NotFound: There is no such plan.
            InvalidArgument: A value is wrong whatever the state; `CyclicDependency` with the path.
            InvalidState: A write does not fit the state of its node.
            ConcurrentModification: A node has another version than expected.
            StaleAttempt: The attempt `execution_id` has ended.
        """
        ...

    async def query_nodes(self, work_plan_id: str, **which: Unpack[NodeFilters]) -> Nodes:
        """Return nodes as of one moment, in order of creation: all of the plan, or those that a `NodeQuery` describes.

        Without a page size, nodes that are too many for one message come in several, each as of its own moment;
        `sequence` is that of the first, so that watching after it makes up for the difference.

        Args:
            work_plan_id: The plan.
            **which: The fields of a `NodeQuery`, such as ``check_ids=["build"]``.

        Raises:
            NotFound: There is no such plan.
            InvalidArgument: The page token is none, or of another query.
        """
        ...

    def watch(
        self, work_plan_id: str, *, after_sequence: int | None = None, only: EventFilter | None = None
    ) -> EventStream:
        """Yield the events of a plan in commit order, without gaps, until the stream is closed.

        Args:
            work_plan_id: The plan.
            after_sequence: Start after this event; 0 is the beginning, None what happens from now on.
            only: Which events; None is all, without nodes.

        Raises:
            NotFound: There is no such plan.
            PositionExpired: The position is not retained any more.
        """
        ...

    async def cancel_work_plan(self, work_plan_id: str, reason: str = "") -> WorkPlan:
        """End everything in the plan that is not FINAL, running work included; idempotent.

        Raises:
            NotFound: There is no such plan.
        """
        ...

    async def cancel_stage(self, work_plan_id: str, stage_id: str, reason: str = "") -> Stage:
        """End a stage that is not FINAL, its children and its running attempt included; idempotent.

        The checks that nobody else is to answer end CANCELLED; what depends on it follows its conditions.

        Raises:
            NotFound: There is no such plan, or no such stage.
        """
        ...

    async def explain(self, work_plan_id: str, nodes: Collection[NodeRef] = ()) -> Explanation:
        """Say why nodes are not FINAL; without `nodes`, all that are not.

        Raises:
            NotFound: There is no such plan, or no such node.
        """
        ...

    async def register_runner(self, registration: RunnerRegistration) -> Lease:
        """Announce a runner, or renew its lease.

        Raises:
            InvalidArgument: An id or the address is wrong.
        """
        ...

    async def unregister_runner(self, registration_id: str) -> None:
        """End a registration; running attempts may finish.

        Raises:
            RunnerNotFound: There is none.
        """
        ...

    async def list_runners(self, runner_type: str | None = None) -> tuple[RunnerInfo, ...]:
        """Return the live registrations, of one type or of all."""
        ...

    async def update_execution(self, execution_id: str, progress: ProgressEntry) -> None:
        """Report progress of an attempt, and prove that it is alive.

        Raises:
            ExecutionNotFound: No attempt has this id.
            StaleAttempt: The attempt has ended.
        """
        ...

    async def complete_execution(self, execution_id: str, answer: Answer) -> None:
        """End an ASYNC attempt; the same answer again is accepted again.

        Raises:
            ExecutionNotFound: No attempt has this id.
            StaleAttempt: The attempt has ended otherwise.
            InvalidArgument: An update does not fit; the attempt goes on.
        """
        ...

    def read_log(
        self, work_plan_id: str, stage_id: str, *, attempt: int = 0, start: int = 0, follow: bool = False
    ) -> LogStream:
        """Yield the output of a stage: what is kept of it and, if asked to `follow`, what comes.

        Args:
            work_plan_id: The plan.
            stage_id: The stage.
            attempt: Which attempt; 0 is the newest one.
            start: Bytes that the caller has: `end` of its last piece.
            follow: Wait for what is not there yet, until the attempt has ended; without `attempt` go on with those that
                come after it, until the stage has ended.

        Raises:
            NotFound: There is no such plan, stage or attempt; when the first piece is asked for.
        """
        ...

    async def host(self, runner: HostedRunner) -> None:
        """Let a runner of this process work for the orchestrator until the connection to it is closed."""
        ...


class HostedRunner(Protocol):
    """A runner that works in the process of the orchestrator's client.

    Example:
        runners: list[ci.HostedRunner] = [ci.ShellRunner(), ci.Runner("builder")]
        async with ci.local(runners=runners) as orch:
            await (await dag.execute(orch)).wait_for_completion()
    """

    @property
    def runner_id(self) -> str:
        """Its id, the same across restarts."""
        ...

    @property
    def runner_type(self) -> str:
        """What kind of stages it takes."""
        ...

    @property
    def supported_modes(self) -> tuple[ExecutionMode, ...]:
        """How it may be called."""
        ...

    @property
    def max_concurrent(self) -> int:
        """Attempts at the same time; 0 is no limit."""
        ...

    @property
    def current_load(self) -> int:
        """Attempts that it works on at present."""
        ...

    async def run(self, execution: Execution, port: Orchestrator) -> Answer:
        """Execute a SYNC attempt; being cancelled means that the attempt is.

        Raises:
            RunnerUnavailable: It is full or drains; the attempt was not begun.
        """
        ...

    async def run_async(self, execution: Execution, port: Orchestrator) -> Acceptance:
        """Take an ASYNC attempt; its progress and completion go to `port`."""
        ...

    async def cancel(self, execution_id: str, reason: str) -> None:
        """Stop an attempt, and return when nothing of it runs any more; one that is not live is no error."""
        ...

    async def drain(self, grace: float) -> None:
        """Refuse new attempts, let the live ones finish for `grace` seconds, then cancel them."""
        ...
