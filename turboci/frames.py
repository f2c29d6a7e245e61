"""What a runner and the orchestrator say to each other on the stream that the runner opened."""

from __future__ import annotations

from dataclasses import dataclass

from turboci.errors import CIError
from turboci.executions import Answer, Execution
from turboci.nodes import ProgressEntry
from turboci.runners import Lease, RunnerRegistration


@dataclass(frozen=True, kw_only=True, slots=True)
class RunnerHello:
    """Who opens a stream.

    Attributes:
        registration: Its address says nothing: the stream is the way to the runner.
        held: The executions that the process has received on an earlier stream and still speaks for.
    """

    registration: RunnerRegistration
    held: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Returned:
    """An execution that a runner does not take, or, having `begun`, has given up."""

    execution_id: str
    reason: str
    begun: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A sign of life or the end of an attempt.

    Attributes:
        ticket: Counts from 1 in each process; names the report when it is acknowledged or refused.
    """

    ticket: int
    execution_id: str
    content: ProgressEntry | Answer


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedReport:
    """A report that has no effect, and why."""

    ticket: int
    error: CIError


@dataclass(frozen=True, kw_only=True, slots=True)
class RunnerFrame:
    """Everything that a runner has to say at one moment.

    Attributes:
        hello: In the first frame only.
        accepted: Executions that it works on.
        invalid: Reports that cannot be understood, as the receiver of the frame found.
        draining: It takes nothing new from now on.
    """

    hello: RunnerHello | None = None
    accepted: tuple[str, ...] = ()
    returned: tuple[Returned, ...] = ()
    reports: tuple[Report, ...] = ()
    invalid: tuple[RefusedReport, ...] = ()
    draining: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Cancellation:
    """An attempt that its runner is to stop."""

    execution_id: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OrchestratorFrame:
    """Everything that the orchestrator has to say to a runner at one moment.

    Attributes:
        lease: In the first frame, and whenever it was renewed.
        acknowledged: Tickets of reports that are durable.
    """

    lease: Lease | None = None
    executions: tuple[Execution, ...] = ()
    cancellations: tuple[Cancellation, ...] = ()
    acknowledged: tuple[int, ...] = ()
    refused: tuple[RefusedReport, ...] = ()
