"""Every error that the product raises on purpose.

::

    CIError
    ├── InvalidArgument            INVALID_ARGUMENT      (also a ValueError)
    │   ├── EmptyIdError
    │   └── CyclicDependency
    ├── NotFound                   NOT_FOUND             (also a LookupError)
    │   ├── ExecutionNotFound
    │   └── RunnerNotFound
    ├── AlreadyExists              ALREADY_EXISTS
    ├── InvalidState               FAILED_PRECONDITION
    │   ├── StaleAttempt
    │   └── NodeWritten            raised by the client alone
    ├── ConcurrentModification     ABORTED
    ├── LimitExceeded              RESOURCE_EXHAUSTED
    ├── PositionExpired            OUT_OF_RANGE
    ├── RunnerUnavailable          UNAVAILABLE
    ├── OrchestratorUnavailable    UNAVAILABLE
    ├── InternalError              INTERNAL
    ├── StageFailed                raised by a handler to answer red
    ├── AttemptStopped             raised by a runner that has no answer
    ├── DAGValidationError         raised by the client alone; also a ValueError
    ├── WorkflowFailed             raised by the client alone, see ci.workflow.errors
    └── WorkflowStalled            raised by the client alone, see ci.workflow.errors

A service error is built from its parts, so that log, status and client say the same sentence: the thing and its id,
what is not so with the actual value, the rule or what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from turboci.problems import Problem


class CIError(Exception):
    """Base of every error that the product raises on purpose.

    Example:
        try:
            ci.run(dag)
        except ci.CIError as error:
            sys.exit(str(error))
    """


class ServiceError(CIError):
    """Base of the errors that cross the wire; the client raises the class that the server raised.

    Attributes:
        subject: The thing and its id, such as ``check 'build'``.
        problem: What is not so, with the actual value.
        hint: The rule, or what to do; may be empty.
        field: Path of the offending field of the request; may be empty.

    Example:
        >>> error = ci.NotFound("check 'build'", "is not in work plan '7f'", hint="it has 2 checks")
        >>> print(error)
        check 'build' is not in work plan '7f'; it has 2 checks
        >>> (error.subject, error.reason, error.status)
        ("check 'build'", 'NOT_FOUND', 'NOT_FOUND')
    """

    status = "INTERNAL"
    """Name of the gRPC status."""
    reason = "INTERNAL"
    """What programs compare; unique to the class."""

    def __init__(self, subject: str, problem: str, *, hint: str = "", field: str = "") -> None:
        self.subject: Final = subject
        self.problem: Final = problem
        self.hint: Final = hint
        self.field: Final = field
        super().__init__(f"{subject} {problem}; {hint}" if hint else f"{subject} {problem}")

    def attributes(self) -> dict[str, str]:
        """Return the parts as strings, for the wire."""
        return {"subject": self.subject, "problem": self.problem, "hint": self.hint, "field": self.field}

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, str]) -> Self:
        """Rebuild the error from `attributes`; parts that are missing are empty."""
        return cls(
            attributes.get("subject", ""),
            attributes.get("problem", ""),
            hint=attributes.get("hint", ""),
            field=attributes.get("field", ""),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_attributes, (self.attributes(),)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.attributes() == other.attributes()

    def __hash__(self) -> int:
        return hash((type(self), str(self)))


class InvalidArgument(ServiceError, ValueError):
    """The request is wrong, whatever the state of the plan.

    Example:
        >>> ci.new_stage("build").timeout(-1)
        Traceback (most recent call last):
            ...
        ci.InvalidArgument: stage 'build' has timeout -1; a timeout is a positive number of seconds
    """

    status = "INVALID_ARGUMENT"
    reason = "INVALID_ARGUMENT"


class EmptyIdError(InvalidArgument):
    """An id is the empty string.

    Example:
        >>> ci.check("")
        Traceback (most recent call last):
            ...
        ci.EmptyIdError: check id is empty; give every node a name
    """

    reason = "EMPTY_ID"


class CyclicDependency(InvalidArgument):
    """The written dependencies close a cycle.

    Attributes:
        path: The nodes of the cycle as ``kind:id``, the first one repeated at the end.

    Example:
        try:
            await orch.write_nodes(plan.id, checks=writes)
        except ci.CyclicDependency as error:
            print(" -> ".join(error.path))
    """

    reason = "CYCLIC_DEPENDENCY"

    def __init__(
        self, subject: str, problem: str, *, hint: str = "", field: str = "", path: Sequence[str] = ()
    ) -> None:
        super().__init__(subject, problem, hint=hint, field=field)
        self.path: Final = tuple(path)

    def attributes(self) -> dict[str, str]:
        """Return the parts as strings, for the wire; the path has one node a line."""
        return super().attributes() | {"path": "\n".join(self.path)}

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, str]) -> Self:
        """Rebuild the error from `attributes`."""
        path = attributes.get("path", "")
        return cls(
            attributes.get("subject", ""),
            attributes.get("problem", ""),
            hint=attributes.get("hint", ""),
            field=attributes.get("field", ""),
            path=path.split("\n") if path else (),
        )


class NotFound(ServiceError, LookupError):
    """No such thing.

    Example:
        try:
            await execution.get_check("biuld")
        except ci.NotFound as error:
            print(error)  # says which id was probably meant
    """

    status = "NOT_FOUND"
    reason = "NOT_FOUND"


class ExecutionNotFound(NotFound):
    """No attempt has this execution id.

    Example:
        with contextlib.suppress(ci.ExecutionNotFound):  # the plan may be deleted
            await orch.update_execution(execution_id, ci.ProgressEntry(percent=50))
    """

    reason = "EXECUTION_NOT_FOUND"


class RunnerNotFound(NotFound):
    """No registration has this id.

    Example:
        with contextlib.suppress(ci.RunnerNotFound):  # the lease may have run out
            await orch.unregister_runner(lease.registration_id)
    """

    reason = "RUNNER_NOT_FOUND"


class AlreadyExists(ServiceError):
    """The thing exists, and differs.

    Example:
        await orch.create_work_plan({"name": "a"}, idempotency_key="7")
        await orch.create_work_plan({"name": "b"}, idempotency_key="7")  # ci.AlreadyExists
    """

    status = "ALREADY_EXISTS"
    reason = "ALREADY_EXISTS"


class InvalidState(ServiceError):
    """The request does not fit the present state.

    Example:
        await dag.execute(orch)
        await dag.execute(orch)  # ci.InvalidState: a DAG is executed once
    """

    status = "FAILED_PRECONDITION"
    reason = "INVALID_STATE"


class StaleAttempt(InvalidState):
    """The attempt has ended: timed out, lost, cancelled or answered otherwise.

    Example:
        with contextlib.suppress(ci.StaleAttempt):  # cancelled, or timed out: nobody waits for the answer
            await stage.progress(90)
    """

    reason = "STALE_ATTEMPT"


class NodeWritten(InvalidState):
    """A setting on a node of a DAG after the node was written.

    Example:
        await dag.execute(orch)
        build.kind("build")  # ci.NodeWritten: it comes too late
    """

    reason = "NODE_WRITTEN"


class ConcurrentModification(ServiceError):
    """The node has another version than the writer expected.

    Example:
        try:
            await orch.write_nodes(plan.id, checks=[ci.CheckWrite(id="build", kind="build", expected_version=3)])
        except ci.ConcurrentModification:
            build = await execution.get_check("build")  # somebody was faster; look again
    """

    status = "ABORTED"
    reason = "CONCURRENT_MODIFICATION"


class LimitExceeded(ServiceError):
    """A configured limit, or the disk, is exhausted.

    Example:
        try:
            await orch.write_nodes(plan.id, checks=writes)
        except ci.LimitExceeded as error:
            print(error)  # says which limit, and what to do
    """

    status = "RESOURCE_EXHAUSTED"
    reason = "LIMIT_EXCEEDED"


class PositionExpired(ServiceError):
    """The watch position is not retained any more.

    Example:
        try:
            await anext(orch.watch(plan.id, after_sequence=seen))
        except ci.PositionExpired:
            nodes = await orch.query_nodes(plan.id)  # look at everything, then watch after nodes.sequence
    """

    status = "OUT_OF_RANGE"
    reason = "POSITION_EXPIRED"


class RunnerUnavailable(ServiceError):
    """The runner cannot be reached.

    Example:
        # In `run` of a runner: the attempt goes elsewhere, and is not charged.
        raise ci.RunnerUnavailable(f"runner {self.runner_id!r}", "has no licence left")
    """

    status = "UNAVAILABLE"
    reason = "RUNNER_UNAVAILABLE"


class OrchestratorUnavailable(ServiceError):
    """The orchestrator cannot be reached, or is shutting down.

    Example:
        try:
            async with ci.connect("localhost:50051") as orch:
                await orch.list_work_plans()
        except ci.OrchestratorUnavailable:
            print("start one: turboci serve")
    """

    status = "UNAVAILABLE"
    reason = "ORCHESTRATOR_UNAVAILABLE"


class InternalError(ServiceError):
    """A defect of the server; `subject` carries the error id under which its log has the details.

    Example:
        with contextlib.suppress(ci.InternalError):  # please report it, with the id that it has
            await execution.wait_for_completion()
    """

    status = "INTERNAL"
    reason = "INTERNAL"


class StageFailed(CIError):
    """Raise it in a handler to answer red: the work was done and failed.

    Attributes:
        message: For people.
        data: Result data for the assigned checks, or None.

    Example:
        failed = run_tests()
        if failed:
            raise ci.StageFailed(f"{len(failed)} tests failed", data={"failed": failed})
    """

    def __init__(self, message: str, *, data: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message: Final = message
        self.data: Final = dict(data) if data is not None else None


class DAGValidationError(CIError, ValueError):
    """A DAG cannot be executed as it stands; nothing was written.

    Attributes:
        dag: What messages call it, such as ``DAG 'release'``.
        problems: All of them.

    Example:
        >>> dag = ci.DAG("release")
        >>> build = dag.check("build").depends_on("paln")
        >>> try:
        ...     dag.validate()
        ... except ci.DAGValidationError as error:
        ...     print([problem.code for problem in error.problems])
        ['CI005']
    """

    def __init__(self, dag: str, problems: Sequence[Problem]) -> None:
        self.dag: Final = dag
        self.problems: Final = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = "".join(f"\n  {problem}" for problem in self.problems)
        super().__init__(f"{dag} has {count}; nothing was written{lines}")

    def __reduce__(self) -> tuple[Any, ...]:
        return DAGValidationError, (self.dag, self.problems)


class AttemptStopped(CIError):
    """A runner stopped an attempt before it had an answer: nothing is known about its work, so it is lost.

    Example:
        async def run(self, execution, port):  # of a runner; whatever a handler raises, this too, is a red answer
            raise ci.AttemptStopped("the disk is full")  # tried again, as the retry policy says
    """


def service_errors() -> dict[str, type[ServiceError]]:
    """Return every class that crosses the wire by its reason; subclasses without their own travel as their base."""
    found: dict[str, type[ServiceError]] = {}
    open_classes: list[type[ServiceError]] = [ServiceError]
    while open_classes:
        cls = open_classes.pop()
        open_classes.extend(cls.__subclasses__())
        if "reason" in vars(cls) and cls is not ServiceError:
            found[cls.reason] = cls
    return found
