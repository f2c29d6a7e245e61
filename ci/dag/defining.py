"""Defines the nodes of a DAG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final, overload

from ci.dag.arguments import command_of, handler_name
from ci.dag.ledger import DAGLedger
from ci.graph.checks import CheckNode
from ci.graph.definitions import CheckDefinition, StageDefinition
from ci.graph.drafts import CheckDraft, StageDraft
from ci.graph.locations import Place, here
from ci.graph.stages import RunnerLike, StageNode, runner_type_of
from ci.identity import Unique
from ci.runner import Handler, Runner
from turboci.dependencies import NodeKind
from turboci.ids import require_id

SHELL: Final = "shell"
"""Runner type of the shell runner."""


class Defining(Unique):
    """The calls of a DAG that define nodes.

    Attributes:
        name: What people call the DAG; may be empty.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name: Final = name or ""
        self._ledger: Final = DAGLedger(self.name)
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
        runner_type = runner_type_of(runner, "auto_stage")
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
        return StageNode(self._new_step(id, runner_type_of(runner, "step"), args, here()))

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

    @overload
    def function(self, handler: Handler, /) -> StageNode: ...
    @overload
    def function(self, /, *, id: str | None = None) -> Callable[[Handler], StageNode]: ...
    def function(
        self, handler: Handler | None = None, /, *, id: str | None = None
    ) -> StageNode | Callable[[Handler], StageNode]:
        """Make a step of a function, which runs in the process that executes the DAG; a decorator.

        Args:
            handler: The function; without it a decorator is returned.
            id: Of the check and of the stage; None is the name of the function.

        Raises:
            EmptyIdError: `id` is empty.
            InvalidArgument: `id` is not an id, or the function is no handler.

        Example:
            @dag.function()
            def plan(stage: ci.StageContext) -> dict[str, object]:
                return {"targets": ["app", "docs"]}
        """
        place = here()

        def define(handler: Handler, /) -> StageNode:
            runner = Runner(self._function_type())
            runner.handler(handler)
            step = self._new_step(handler_name(handler) if id is None else id, runner.runner_type, {}, place)
            self._ledger.host(runner)
            return StageNode(step)

        return define if handler is None else define(handler)

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
        self._ledger.add(check, stage)
        return stage

    def _function_type(self) -> str:
        """Return a runner type of this DAG and process alone."""
        self._numbers["function"] += 1
        return f"function:{self._ledger.key[:8]}#{self._numbers['function']}"

    def _numbered(self, kind: NodeKind, prefix: str) -> str:
        require_id(prefix, f"{kind.value} prefix")
        self._numbers[f"{kind.value} {prefix}"] += 1
        return f"{prefix}#{self._numbers[f'{kind.value} {prefix}']}"
