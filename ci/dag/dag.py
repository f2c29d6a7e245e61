"""Level 4: a workflow as a graph, and its execution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final

from ci.dag.arguments import command_of, named, ref_of, runner_type_of
from ci.dag.checks import CheckNode
from ci.dag.closing import abandon, finish
from ci.dag.definitions import CheckDefinition, StageDefinition
from ci.dag.drafts import CheckDraft, StageDraft
from ci.dag.ledger import Ledger
from ci.dag.locations import Place, here
from ci.dag.mermaid import draw_definitions, draw_nodes
from ci.dag.stages import RunnerLike, StageNode, answer
from ci.port import Orchestrator
from ci.workflow.identity import Unique
from ci.workflow.pace import Pace
from ci.workflow.running import RunningPlan
from turboci.dependencies import NodeKind, NodeRef
from turboci.ids import require_id
from turboci.nodes import Check, Stage
from turboci.reasons import Reason

SHELL: Final = "shell"
"""Runner type of the shell runner."""


class DAG(Unique):
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

    def __init__(self, name: str | None = None) -> None:
        self.name: Final = name or ""
        self._ledger: Final = Ledger(self.name)
        self._numbers: Final[Counter[str]] = Counter()

    def check(self, id: str) -> CheckNode:
        """Define a check.

        Raises:
            EmptyIdError: `id` is empty.
            InvalidArgument: `id` is not an id.
        """
        return CheckNode(self._new_check(id, here()))

    def stage(self, id: str) -> StageNode:
        """Define a stage; it needs a runner.

        Raises:
            EmptyIdError: `id` is empty.
            InvalidArgument: `id` is not an id.
        """
        return StageNode(self._new_stage(id, here()))

    def auto_check(self, kind: str) -> CheckNode:
        """Define a check with the ids ``kind#1``, ``kind#2`` and so on, in order of calls.

        Raises:
            EmptyIdError: `kind` is empty.
            InvalidArgument: `kind` makes no id.
        """
        id = self._numbered(NodeKind.CHECK, kind)
        definition = self._new_check(id, here())
        definition.builder.kind(kind)
        return CheckNode(definition)

    def auto_stage(self, runner: str | RunnerLike) -> StageNode:
        """Define a stage with the ids ``runner#1``, ``runner#2`` and so on, in order of calls.

        Raises:
            EmptyIdError: The runner type is empty.
            InvalidArgument: The runner type is not an id.
        """
        runner_type = runner_type_of(runner)
        definition = self._new_stage(self._numbered(NodeKind.STAGE, runner_type), here())
        definition.builder.runner_type(runner_type)
        return StageNode(definition)

    def step(self, id: str, runner: str | RunnerLike, /, **args: object) -> StageNode:
        """Define a check and the stage that answers it, both with this id.

        As a dependency it stands for its check, so that what comes after a red step does not run.

        Args:
            id: Of the check and of the stage.
            runner: Which runners execute it.
            args: Arguments for the runner.

        Raises:
            EmptyIdError: `id` or the runner type is empty.
            InvalidArgument: `id` or the runner type is not an id, or an argument is not JSON.
        """
        return StageNode(self._new_step(id, runner_type_of(runner), args, here()))

    def shell(
        self, id: str, command: str | Sequence[str], *, cwd: str | None = None, env: Mapping[str, str] | None = None
    ) -> StageNode:
        """Define a step that runs a command on the shell runner.

        Args:
            id: Of the check and of the stage.
            command: A line for the shell, or the program and its arguments, which no shell sees.
            cwd: Where it runs; None is the working directory of the runner.
            env: Variables that are added to the environment of the runner.

        Raises:
            EmptyIdError: `id` is empty.
            InvalidArgument: `id` is not an id, or `command` is empty or not text.
        """
        args: dict[str, object] = {"command": command_of(id, command)}
        if cwd is not None:
            args["cwd"] = str(cwd)
        if env is not None:
            args["env"] = dict(env)
        return StageNode(self._new_step(id, SHELL, args, here()))

    def add_check(self, id: str) -> CheckDraft:
        """Add a check to the running plan; to be awaited.

        An awaited chain, ``await dag.add_check(id).kind("build")``, writes the check whole. A bare
        ``await dag.add_check(id)`` reserves the id and stores it PLANNING; settings count until it is committed. Before
        the DAG is executed it only defines the check.

        Raises:
            EmptyIdError: `id` is empty.
            InvalidArgument: `id` is not an id.
        """
        return CheckDraft(self._new_check(id, here()), self._ledger)

    def add_stage(self, id: str) -> StageDraft:
        """Add a stage to the running plan; to be awaited.

        An awaited chain, ``await dag.add_stage(id).runner("builder").assigns(build)``, writes the stage whole, with the
        open checks that it answers. After a bare ``await dag.add_stage(id)`` settings count until it is committed.
        Before the DAG is executed it only defines the stage.

        Raises:
            EmptyIdError: `id` is empty.
            InvalidArgument: `id` is not an id.
        """
        return StageDraft(self._new_stage(id, here()), self._ledger)

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

    def execute(self, orch: Orchestrator, /, *, pace: Pace | None = None) -> Launch:
        """Write the DAG as a plan of its own; to be awaited, or entered with ``async with``.

        A block that is left by an exception cancels the plan; one that ends waits for its completion.

        Args:
            orch: Where.
            pace: How patiently the plan is watched; None is good for people and programs alike.

        Raises:
            DAGValidationError: The DAG has problems; nothing was written.
            InvalidState: The DAG was executed before.
        """
        return Launch(self, self._ledger, orch, pace)

    def to_mermaid(self) -> str:
        """Return the graph as a Mermaid flowchart."""
        return draw_definitions(self._ledger.index)

    def __repr__(self) -> str:
        return f"<{self._ledger.label}>"

    def _new_check(self, id: str, place: Place) -> CheckDefinition:
        definition = CheckDefinition(self._ledger, id, place)
        self._ledger.add(definition)
        return definition

    def _new_stage(self, id: str, place: Place) -> StageDefinition:
        definition = StageDefinition(self._ledger, id, place)
        self._ledger.add(definition)
        return definition

    def _new_step(self, id: str, runner_type: str, args: Mapping[str, object], place: Place) -> StageDefinition:
        check = CheckDefinition(self._ledger, id, place)
        stage = StageDefinition(self._ledger, id, place)
        stage.check = check
        stage.builder.runner_type(runner_type)
        if args:
            stage.builder.args(args)
        answer(stage, CheckNode(check), place)
        self._ledger.add(check, stage)
        return stage

    def _numbered(self, kind: NodeKind, prefix: str) -> str:
        require_id(prefix, f"{kind.value} prefix")
        self._numbers[f"{kind.value} {prefix}"] += 1
        return f"{prefix}#{self._numbers[f'{kind.value} {prefix}']}"


class WorkflowExecution(RunningPlan):
    """A DAG that runs.

    Attributes:
        dag: The DAG.
    """

    def __init__(
        self,
        dag: DAG,
        ledger: Ledger,
        orchestrator: Orchestrator,
        work_plan_id: str,
        position: int | None,
        pace: Pace | None,
    ) -> None:
        self.dag: Final = dag
        self._ledger = ledger
        super().__init__(orchestrator, work_plan_id, position=position, pace=pace)
        self._name = dag.name
        ledger.attach(self._watcher.written, self._watcher.fail)

    async def wait_for_check(self, check: CheckNode | NodeRef | str, /, *, timeout: float | None = None) -> Check:
        """Wait until a check is FINAL; return it, whatever its outcome.

        Args:
            check: The node, its reference or its id.
            timeout: Seconds; None waits as long as it takes.

        Raises:
            NotFound: Neither the DAG nor the plan has it.
            TimeoutError: It is not FINAL after `timeout`; the text says why.
            WorkflowStalled: Nothing that is under way can bring it there.
            DAGValidationError: A node that was added since is wrong.
        """
        return await self._check(ref_of(check, NodeKind.CHECK), timeout)

    async def wait_for_stage(self, stage: StageNode | NodeRef | str, /, *, timeout: float | None = None) -> Stage:
        """Wait until a stage is FINAL; return it, whatever its outcome. See `wait_for_check` for the errors."""
        return await self._stage(ref_of(stage, NodeKind.STAGE), timeout)

    async def get_check(self, check: CheckNode | NodeRef | str, /) -> Check:
        """Return a check as it is now.

        Raises:
            NotFound: The plan does not have it.
        """
        found = await self._fetch(ref_of(check, NodeKind.CHECK))
        assert isinstance(found, Check)
        return found

    async def get_stage(self, stage: StageNode | NodeRef | str, /) -> Stage:
        """Return a stage as it is now.

        Raises:
            NotFound: The plan does not have it.
        """
        found = await self._fetch(ref_of(stage, NodeKind.STAGE))
        assert isinstance(found, Stage)
        return found

    async def why(self, node: CheckNode | StageNode | NodeRef | str | None = None, /) -> Sequence[Reason]:
        """Say why a node, or everything that is not FINAL, is not; `str` of a reason is a sentence.

        Args:
            node: The node or its reference; a plain string is a check id; None is the whole plan.

        Raises:
            NotFound: The plan does not have it.
        """
        return await self._explain(*(() if node is None else (named(node),)))

    async def to_mermaid(self) -> str:
        """Return the plan as a Mermaid flowchart with states, and with the nodes that runners added."""
        await self._settle()
        return draw_nodes(await self.orchestrator.query_nodes(self.work_plan_id))

    async def _settle(self) -> None:
        await self._ledger.commit()

    def _held(self) -> Sequence[str]:
        return self._ledger.held()

    def _knows(self, ref: NodeRef) -> bool:
        return self._ledger.index.find(ref) is not None


class Launch(Unique):
    """A DAG that is about to be executed: await it, or enter it as a block."""

    def __init__(self, dag: DAG, ledger: Ledger, orchestrator: Orchestrator, pace: Pace | None) -> None:
        self._dag = dag
        self._ledger = ledger
        self._orchestrator = orchestrator
        self._pace = pace
        self._execution: WorkflowExecution | None = None

    def __await__(self) -> Generator[Any, None, WorkflowExecution]:
        return self._start().__await__()

    async def __aenter__(self) -> WorkflowExecution:
        self._execution = await self._start()
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
        plan, position = await self._ledger.launch(self._orchestrator)
        return WorkflowExecution(self._dag, self._ledger, self._orchestrator, plan, position, self._pace)
