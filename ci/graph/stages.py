"""Stages of a DAG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, Self, TypeAlias, Unpack

from ci.builders import RetryFields
from ci.graph.checks import CheckNode
from ci.graph.definitions import Link, StageDefinition
from ci.graph.locations import PlaceNumber, here
from ci.graph.targets import GraphNode, NodeCondition, Target, definition_of, group_of, links_to
from ci.helpers import assigns, not_a_target
from turboci.dependencies import NodeKind, NodeRef, Predicate, When
from turboci.errors import InvalidArgument, InvalidState
from turboci.ids import require_id
from turboci.nodes import Assignment
from turboci.states import CheckState

Assignable: TypeAlias = CheckNode | NodeRef | Assignment | str


class RunnerLike(Protocol):
    """Whatever knows its runner type.

    Example:
        >>> ci.DAG().stage("build").runner(ci.Runner("builder"))
        <StageNode 'build'>
    """

    @property
    def runner_type(self) -> str:
        """What kind of stages it takes."""
        ...


class StageSettings:
    """What can be said about a stage; every call returns the object that it was made on.

    Example:
        def patient(stage: ci.StageSettings) -> None:
            stage.timeout(3600).retry(max_attempts=5)
    """

    __slots__ = ()

    _definition: StageDefinition

    def runner(self, runner: str | RunnerLike, /) -> Self:
        """Say which runners may execute it; required.

        Raises:
            EmptyIdError: The runner type is empty.
            InvalidArgument: The runner type is not an id.
            NodeWritten: The stage is in the plan.
        """
        self._changing("runner").builder.runner_type(runner_type_of(runner, "runner"))
        return self

    def sync(self) -> Self:
        """Let the runner answer within the call; the default.

        Raises:
            NodeWritten: The stage is in the plan.
        """
        self._changing("sync").builder.sync()
        return self

    def async_(self) -> Self:
        """Let the runner accept it and answer later.

        Raises:
            NodeWritten: The stage is in the plan.
        """
        self._changing("async_").builder.async_()
        return self

    def arg(self, key: str, value: object, /) -> Self:
        """Set one argument for the runner.

        Raises:
            InvalidArgument: `value` is not JSON.
            NodeWritten: The stage is in the plan.
        """
        self._changing("arg").builder.arg(key, value)
        return self

    def args(self, args: Mapping[str, object], /) -> Self:
        """Set several arguments for the runner; others stay.

        Raises:
            InvalidArgument: A value is not JSON.
            NodeWritten: The stage is in the plan.
        """
        self._changing("args").builder.args(args)
        return self

    def assigns(self, *checks: Assignable) -> Self:
        """Let the stage answer these checks.

        Raises:
            EmptyIdError: An id is empty.
            InvalidArgument: Something is no check.
            NodeWritten: The stage is in the plan.
        """
        definition = self._changing("assigns")
        place = self._definition.at(here())
        for check in checks:
            answer(definition, check, place)
        return self

    def after(self, *targets: Target) -> Self:
        """Start when all of `targets`, and those of earlier calls, have succeeded; a plain string is a stage id.

        Raises:
            EmptyIdError: An id is empty.
            InvalidArgument: Something is no node, or the stage has dependencies of another predicate.
            NodeWritten: The stage is in the plan.
        """
        links = links_to(targets, NodeKind.STAGE, "after", self._definition.at(here()))
        self._changing("after").depend(group_of(Predicate.AND, links), links)
        return self

    def after_any(self, *targets: Target) -> Self:
        """Start when one of `targets` and of those of earlier calls has succeeded; a plain string is a stage id.

        Raises:
            EmptyIdError: An id is empty.
            InvalidArgument: Something is no node, or the stage has dependencies of another predicate.
            NodeWritten: The stage is in the plan.
        """
        links = links_to(targets, NodeKind.STAGE, "after_any", self._definition.at(here()))
        self._changing("after_any").depend(group_of(Predicate.OR, links), links)
        return self

    def after_at_least(self, k: int, /, *targets: Target) -> Self:
        """Start when `k` of `targets` have succeeded; a plain string is a stage id.

        Raises:
            EmptyIdError: An id is empty.
            InvalidArgument: Something is no node, `k` is not 1 to their number, or the stage has other dependencies.
            NodeWritten: The stage is in the plan.
        """
        links = links_to(targets, NodeKind.STAGE, "after_at_least", self._definition.at(here()))
        self._changing("after_at_least").depend(group_of(Predicate.AT_LEAST, links, k), links)
        return self

    def after_checks(self, *targets: CheckNode | NodeCondition | str) -> Self:
        """Start when these checks have succeeded; a plain string is a check id.

        Raises:
            EmptyIdError: An id is empty.
            InvalidArgument: Something is no check, or the stage has dependencies of another predicate.
            NodeWritten: The stage is in the plan.
        """
        links = links_to(targets, NodeKind.CHECK, "after_checks", self._definition.at(here()))
        self._changing("after_checks").depend(group_of(Predicate.AND, links), links)
        return self

    def retry(self, **policy: Unpack[RetryFields]) -> Self:
        """Say when to try again; times are seconds.

        Raises:
            InvalidArgument: A number is out of range.
            NodeWritten: The stage is in the plan.
        """
        self._changing("retry").builder.retry(**policy)
        return self

    def timeout(self, seconds: float, /) -> Self:
        """Limit one attempt.

        Raises:
            InvalidArgument: `seconds` is not a positive number.
            NodeWritten: The stage is in the plan.
        """
        self._changing("timeout").builder.timeout(seconds)
        return self

    def priority(self, priority: int, /) -> Self:
        """Let it go first within its plan when runners are busy; higher goes first.

        Raises:
            NodeWritten: The stage is in the plan.
        """
        self._changing("priority").builder.priority(priority)
        return self

    def always(self) -> Self:
        """Let it clean up: cancelling the plan spares it, and it runs when the rest of the cancelled plan is FINAL.

        What it depends on counts as satisfied then. In a plan that is not cancelled its dependencies hold as written:
        name ``build.finished`` to clean up after a red build too.

        Raises:
            NodeWritten: The stage is in the plan.
        """
        self._changing("always").builder.always()
        return self

    def _changing(self, setting: str) -> StageDefinition:
        self._definition.change(setting)
        return self._definition


def runner_type_of(runner: object, call: str) -> str:
    """Return the runner type that was named.

    Args:
        runner: A runner type, or whatever has one.
        call: What the user called, for the message.

    Raises:
        EmptyIdError: It is empty.
        InvalidArgument: It is neither, or not an id.
    """
    runner_type = runner if isinstance(runner, str) else getattr(runner, "runner_type", None)
    if not isinstance(runner_type, str):
        shown = f"{runner!r} ({type(runner).__name__}), which has no runner type"
        raise InvalidArgument(
            f"{call}()", f"is given {shown}", hint="give a runner type, such as 'builder', or a runner", field="runner"
        )
    return require_id(runner_type, "runner type")


class StageNode(StageSettings, GraphNode):
    """A stage of a DAG: work that a runner does; or a step, the check and its stage in one.

    Example:
        >>> from ci import DAG
        >>> dag = DAG("release")
        >>> build = dag.check("build")
        >>> dag.stage("exec:build").runner("builder").arg("jobs", 4).assigns(build)
        <StageNode 'exec:build'>
    """

    __slots__ = ()

    _definition: StageDefinition

    def __init__(self, definition: StageDefinition) -> None:
        super().__init__(definition)

    @property
    def check(self) -> CheckNode:
        """The check of a step.

        Raises:
            InvalidState: It is not a step.
        """
        if self._definition.check is None:
            raise InvalidState(str(self.ref), "is not a step and has no check of its own", hint="use dag.step(...)")
        return CheckNode(self._definition.check)


def answer(stage: StageDefinition, check: Assignable, place: PlaceNumber) -> None:
    """Assign `stage` to `check`.

    Raises:
        EmptyIdError: The id is empty.
        InvalidArgument: `check` is no check.
    """
    assignment = _assignment(check)
    stage.builder.assigns_all(assignment)
    id = assignment.target_check_id
    target = definition_of(check) if isinstance(check, CheckNode) else NodeRef(NodeKind.CHECK, id)
    stage.assigned += (Link(target, When.SUCCEEDED, place),)
    if assignment.goal_state is not CheckState.FINAL:
        stage.unfinished |= {id}
    elif stage.unfinished:
        stage.unfinished -= {id}


def _assignment(check: Assignable) -> Assignment:
    if isinstance(check, Assignment):
        return check
    if isinstance(check, CheckNode):
        return Assignment(check.id)
    if isinstance(check, NodeRef):
        if check.kind is not NodeKind.CHECK:
            raise InvalidArgument("assigns()", f"is given {check}", hint="a stage answers checks")
        return Assignment(check.id)
    if not isinstance(check, str):
        raise not_a_target(check, "assigns")
    return assigns(check)
