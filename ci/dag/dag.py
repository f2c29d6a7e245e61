"""Level 4: a workflow as a graph, and its execution."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime
from types import TracebackType
from typing import Any, Final

from ci.dag.cancelling import cancel_for
from ci.dag.closing import abandon, finish
from ci.dag.defining import Defining
from ci.dag.dot import dot
from ci.dag.drawing import Drawing, drawing_of_definitions, drawing_of_nodes
from ci.dag.ledger import DAGLedger
from ci.dag.limits import Limits
from ci.dag.mermaid import mermaid
from ci.graph.checks import CheckNode
from ci.graph.stages import StageNode
from ci.identity import Promise
from ci.port import Orchestrator
from ci.workflow.pace import Pace
from ci.workflow.running import RunningPlan
from ci.workflow.uncommitted import Uncommitted
from turboci.dependencies import NodeRef
from turboci.nodes import Nodes


class DAG(Defining):
    """A workflow: checks, stages, and what waits for what.

    Once it is executed, further nodes join the running plan: they are open until `commit`, until the task that added
    them waits for something or ends, or until the block of the execution is left, and are then written together.

    Attributes:
        name: What people call it; may be empty.

    Example:
        >>> dag = DAG("hello")
        >>> lint = dag.shell("lint", "ruff check .")
        >>> dag.shell("test", "pytest -q").after(lint)
        <StageNode 'test'>
    """

    async def commit(self) -> None:
        """Write the open nodes of this task, all with one call; nothing if the DAG is not executed yet.

        Raises:
            DAGValidationError: They have problems; nothing was written, and they stay open.
        """
        await self._ledger.commit()

    def validate(self) -> None:
        """Look for problems; `execute` does it too.

        Raises:
            DAGValidationError: There are some; the error has all of them.
        """
        self._ledger.validate()

    def execute(
        self,
        orch: Orchestrator,
        /,
        *,
        deadline: datetime | float | None = None,
        fail_fast: bool = False,
        pace: Pace | None = None,
    ) -> Launch:
        """Write the DAG as a plan of its own; to be awaited, or entered with ``async with``.

        A block that is left by an exception cancels the plan; one that ends waits for its completion.

        Args:
            orch: Where.
            deadline: When what is open is cancelled: a time, or seconds from the start; None is never.
            fail_fast: Whether the first FAILED node cancels the rest. Stages with `always` run all the same.
            pace: How patiently the plan is watched; None is good for people and programs alike.

        Raises:
            InvalidArgument: The deadline is none.
            DAGValidationError: The DAG has problems; nothing was written.
            InvalidState: The DAG was executed before.
        """
        limits = Limits(deadline=deadline, fail_fast=fail_fast)
        return Launch(self, self._ledger, orch, limits, pace)

    def to_mermaid(self) -> str:
        """Return the graph as a Mermaid flowchart; it is not validated, what is missing is shown as such.

        Example:
            >>> dag = DAG()
            >>> lint = dag.shell("lint", "ruff check")
            >>> test = dag.shell("test", "pytest").after(lint)
            >>> print(dag.to_mermaid(), end="")
            flowchart LR
                n0["lint"]
                n1["test"]
                n0 --> n1
        """
        return mermaid(drawing_of_definitions(self._ledger.index))

    def to_dot(self) -> str:
        """Return the graph in the language of Graphviz, for ``dot -Tsvg``; see `to_mermaid`."""
        return dot(drawing_of_definitions(self._ledger.index), self.name)

    def __repr__(self) -> str:
        return f"<{self._ledger.label}>"


class WorkflowExecution(RunningPlan[CheckNode, StageNode]):
    """A DAG that runs.

    Attributes:
        dag: The DAG.

    Example:
        execution = await dag.execute(orch)
        plan = await execution.wait_for_check("plan")
        result = await execution.wait_for_completion(timeout=600)
    """

    def __init__(
        self,
        dag: DAG,
        ledger: DAGLedger,
        orchestrator: Orchestrator,
        work_plan_id: str,
        known: Nodes,
        pace: Pace | None,
    ) -> None:
        self.dag: Final = dag
        self._ledger = ledger
        super().__init__(orchestrator, work_plan_id, name=dag.name, known=known, pace=pace)
        ledger.attach(self._watcher.written, self._watcher.fail)

    async def to_mermaid(self) -> str:
        """Return the plan as a Mermaid flowchart with states, and with the nodes that runners added."""
        return mermaid(await self._drawing())

    async def to_dot(self) -> str:
        """Return the plan in the language of Graphviz with states, and with the nodes that runners added."""
        return dot(await self._drawing(), self._name)

    async def _drawing(self) -> Drawing:
        await self._settle()
        return drawing_of_nodes(await self.orchestrator.query_nodes(self.work_plan_id))

    async def _settle(self) -> None:
        await self._ledger.commit()

    def _uncommitted(self) -> Uncommitted:
        return self._ledger

    def _knows(self, ref: NodeRef) -> bool:
        return self._ledger.index.find(ref) is not None


class Launch(Promise):
    """A DAG that is about to be executed: await it, or enter it as a block.

    Example:
        execution = await dag.execute(orch)         # goes on by itself; or
        async with dag.execute(orch) as execution:  # waits at the end, cancels when left by an error
            check = await execution.wait_for_check("plan")
    """

    def __init__(
        self, dag: DAG, ledger: DAGLedger, orchestrator: Orchestrator, limits: Limits, pace: Pace | None
    ) -> None:
        self._dag = dag
        self._ledger = ledger
        self._orchestrator = orchestrator
        self._limits = limits
        self._pace = pace
        self._execution: WorkflowExecution | None = None

    def __repr__(self) -> str:
        return f"<Launch of {self._ledger.label}>"

    def __await__(self) -> Generator[Any, None, WorkflowExecution]:
        return self._start().__await__()

    async def __aenter__(self) -> WorkflowExecution:
        try:
            self._execution = await self._start()
        except Exception:
            raise
        except BaseException as error:
            # The write may have arrived; whoever is being cancelled does not come back for the plan.
            if self._ledger.plan:
                await cancel_for(error, self._orchestrator, self._ledger.plan)
            raise
        return self._execution

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        assert self._execution is not None
        if error is None:
            await finish(self._execution, self._ledger)
        else:
            await abandon(self._execution, error)

    async def _start(self) -> WorkflowExecution:
        plan, known = await self._ledger.launch(self._orchestrator, self._limits)
        return WorkflowExecution(self._dag, self._ledger, self._orchestrator, plan, known, self._pace)
