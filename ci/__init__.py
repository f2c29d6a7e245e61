"""CI-shaped workflows: checks that want answers, stages that give them, and what waits for what.

Four layers, each of which can be left for the one below: helpers, builders, waiting, DAG. A first file:

    import ci

    dag = ci.DAG("hello")
    lint = dag.shell("lint", "ruff check .")
    dag.shell("test", "pytest -q").after(lint)

    if __name__ == "__main__":
        ci.run(dag)
"""

from ci import quiet as quiet

# isort: split
from ci.builders import AttemptBuilder as AttemptBuilder
from ci.builders import CheckBuilder as CheckBuilder
from ci.builders import RetryFields as RetryFields
from ci.builders import StageBuilder as StageBuilder
from ci.builders import new_attempt as new_attempt
from ci.builders import new_check as new_check
from ci.builders import new_stage as new_stage
from ci.dag import DAG as DAG
from ci.dag import Launch as Launch
from ci.dag import WorkflowExecution as WorkflowExecution
from ci.embedded import local as local
from ci.graph.checks import CheckNode as CheckNode
from ci.graph.checks import CheckSettings as CheckSettings
from ci.graph.drafts import CheckDraft as CheckDraft
from ci.graph.drafts import StageDraft as StageDraft
from ci.graph.stages import RunnerLike as RunnerLike
from ci.graph.stages import StageNode as StageNode
from ci.graph.stages import StageSettings as StageSettings
from ci.graph.targets import NodeCondition as NodeCondition
from ci.graph.targets import Target as Target
from ci.helpers import assignment_list as assignment_list
from ci.helpers import assigns as assigns
from ci.helpers import assigns_with_goal as assigns_with_goal
from ci.helpers import check as check
from ci.helpers import depends_on as depends_on
from ci.helpers import depends_on_any as depends_on_any
from ci.helpers import depends_on_at_least as depends_on_at_least
from ci.helpers import depends_on_checks as depends_on_checks
from ci.helpers import depends_on_stages as depends_on_stages
from ci.helpers import stage as stage
from ci.port import EventStream as EventStream
from ci.port import HostedRunner as HostedRunner
from ci.port import LogStream as LogStream
from ci.port import Orchestrator as Orchestrator
from ci.remote import connect as connect
from ci.runner import Handler as Handler
from ci.runner import HandlerResult as HandlerResult
from ci.runner import Receipt as Receipt
from ci.runner import Runner as Runner
from ci.runner import ShellRunner as ShellRunner
from ci.runner import StageContext as StageContext
from ci.script import run as run
from ci.workflow import AnyHandle as AnyHandle
from ci.workflow import CheckFields as CheckFields
from ci.workflow import CheckHandle as CheckHandle
from ci.workflow import CheckOption as CheckOption
from ci.workflow import Handle as Handle
from ci.workflow import Many as Many
from ci.workflow import Pace as Pace
from ci.workflow import StageFields as StageFields
from ci.workflow import StageHandle as StageHandle
from ci.workflow import StageOption as StageOption
from ci.workflow import WorkflowContext as WorkflowContext
from ci.workflow import WorkflowFailed as WorkflowFailed
from ci.workflow import WorkflowResult as WorkflowResult
from ci.workflow import WorkflowStalled as WorkflowStalled
from ci.workflow import as_completed as as_completed
from ci.workflow import assigns_to as assigns_to
from ci.workflow import wait_all as wait_all
from ci.workflow import wait_all_checks as wait_all_checks
from ci.workflow import wait_all_stages as wait_all_stages
from ci.workflow import wait_any as wait_any
from ci.workflow import wait_any_check as wait_any_check
from ci.workflow import wait_any_stage as wait_any_stage
from ci.workflow import with_async as with_async
from ci.workflow import with_check_deps as with_check_deps
from ci.workflow import with_check_option as with_check_option
from ci.workflow import with_check_options as with_check_options
from ci.workflow import with_check_state as with_check_state
from ci.workflow import with_kind as with_kind
from ci.workflow import with_retry as with_retry
from ci.workflow import with_runner as with_runner
from ci.workflow import with_stage_arg as with_stage_arg
from ci.workflow import with_stage_args as with_stage_args
from ci.workflow import with_stage_deps as with_stage_deps
from ci.workflow import with_stage_state as with_stage_state
from ci.workflow import with_sync as with_sync
from ci.workflow import with_timeout as with_timeout
from turboci.dependencies import Dependable as Dependable
from turboci.dependencies import Dependency as Dependency
from turboci.dependencies import DependencyGroup as DependencyGroup
from turboci.dependencies import NodeKind as NodeKind
from turboci.dependencies import NodeRef as NodeRef
from turboci.dependencies import Predicate as Predicate
from turboci.dependencies import SupportsDependency as SupportsDependency
from turboci.dependencies import When as When
from turboci.errors import AlreadyExists as AlreadyExists
from turboci.errors import AttemptStopped as AttemptStopped
from turboci.errors import CIError as CIError
from turboci.errors import ConcurrentModification as ConcurrentModification
from turboci.errors import CyclicDependency as CyclicDependency
from turboci.errors import DAGValidationError as DAGValidationError
from turboci.errors import EmptyIdError as EmptyIdError
from turboci.errors import ExecutionNotFound as ExecutionNotFound
from turboci.errors import InternalError as InternalError
from turboci.errors import InvalidArgument as InvalidArgument
from turboci.errors import InvalidState as InvalidState
from turboci.errors import LimitExceeded as LimitExceeded
from turboci.errors import NodeWritten as NodeWritten
from turboci.errors import NotFound as NotFound
from turboci.errors import OrchestratorUnavailable as OrchestratorUnavailable
from turboci.errors import PositionExpired as PositionExpired
from turboci.errors import RunnerNotFound as RunnerNotFound
from turboci.errors import RunnerUnavailable as RunnerUnavailable
from turboci.errors import ServiceError as ServiceError
from turboci.errors import StageFailed as StageFailed
from turboci.errors import StaleAttempt as StaleAttempt
from turboci.events import Bookmark as Bookmark
from turboci.events import CheckChanged as CheckChanged
from turboci.events import Event as Event
from turboci.events import EventFilter as EventFilter
from turboci.events import PlanCompleted as PlanCompleted
from turboci.events import ProgressReported as ProgressReported
from turboci.events import StageChanged as StageChanged
from turboci.logs import LogPiece as LogPiece
from turboci.nodes import Assignment as Assignment
from turboci.nodes import Attempt as Attempt
from turboci.nodes import Check as Check
from turboci.nodes import CheckResult as CheckResult
from turboci.nodes import Nodes as Nodes
from turboci.nodes import ProgressEntry as ProgressEntry
from turboci.nodes import Stage as Stage
from turboci.nodes import WorkPlan as WorkPlan
from turboci.payloads import JSON as JSON
from turboci.plans import DeletedPlans as DeletedPlans
from turboci.plans import PlanPage as PlanPage
from turboci.problems import Problem as Problem
from turboci.reasons import Explanation as Explanation
from turboci.reasons import Reason as Reason
from turboci.reasons import ReasonKind as ReasonKind
from turboci.reasons import StoppingAttempt as StoppingAttempt
from turboci.retry import RetryOn as RetryOn
from turboci.retry import RetryPolicy as RetryPolicy
from turboci.runners import Lease as Lease
from turboci.runners import RunnerInfo as RunnerInfo
from turboci.runners import RunnerRegistration as RunnerRegistration
from turboci.states import AttemptState as AttemptState
from turboci.states import CheckState as CheckState
from turboci.states import ConcludedReason as ConcludedReason
from turboci.states import ExecutionMode as ExecutionMode
from turboci.states import Outcome as Outcome
from turboci.states import PlanStatus as PlanStatus
from turboci.states import StageState as StageState
from turboci.writes import AttemptWrite as AttemptWrite
from turboci.writes import CheckResultWrite as CheckResultWrite
from turboci.writes import CheckWrite as CheckWrite
from turboci.writes import StageWrite as StageWrite

__all__ = [
    # Level 1: helpers
    "assignment_list",
    "assigns",
    "assigns_with_goal",
    "check",
    "depends_on",
    "depends_on_any",
    "depends_on_at_least",
    "depends_on_checks",
    "depends_on_stages",
    "stage",
    # Level 2: builders
    "AttemptBuilder",
    "CheckBuilder",
    "RetryFields",
    "StageBuilder",
    "new_attempt",
    "new_check",
    "new_stage",
    # Level 3: waiting
    "WorkflowContext",
    "WorkflowFailed",
    "WorkflowStalled",
    "AnyHandle",
    "CheckHandle",
    "Handle",
    "StageHandle",
    "CheckFields",
    "CheckOption",
    "Many",
    "StageFields",
    "StageOption",
    "assigns_to",
    "with_async",
    "with_check_deps",
    "with_check_option",
    "with_check_options",
    "with_check_state",
    "with_kind",
    "with_retry",
    "with_runner",
    "with_stage_arg",
    "with_stage_args",
    "with_stage_deps",
    "with_stage_state",
    "with_sync",
    "with_timeout",
    "Pace",
    "WorkflowResult",
    "as_completed",
    "wait_all",
    "wait_all_checks",
    "wait_all_stages",
    "wait_any",
    "wait_any_check",
    "wait_any_stage",
    # Level 4: DAG
    "DAG",
    "CheckDraft",
    "CheckNode",
    "CheckSettings",
    "Launch",
    "NodeCondition",
    "RunnerLike",
    "StageDraft",
    "StageNode",
    "StageSettings",
    "Target",
    "WorkflowExecution",
    # Orchestrators and runners
    "run",
    "local",
    "connect",
    "EventStream",
    "LogPiece",
    "LogStream",
    "HostedRunner",
    "Orchestrator",
    "Handler",
    "HandlerResult",
    "Receipt",
    "Runner",
    "ShellRunner",
    "StageContext",
    "Lease",
    "RunnerInfo",
    "RunnerRegistration",
    # Values
    "Dependable",
    "Dependency",
    "DependencyGroup",
    "NodeKind",
    "NodeRef",
    "Predicate",
    "SupportsDependency",
    "When",
    "AttemptState",
    "CheckState",
    "ConcludedReason",
    "ExecutionMode",
    "Outcome",
    "PlanStatus",
    "StageState",
    "Assignment",
    "Attempt",
    "Check",
    "CheckResult",
    "Nodes",
    "ProgressEntry",
    "Stage",
    "WorkPlan",
    "PlanPage",
    "DeletedPlans",
    "AttemptWrite",
    "CheckResultWrite",
    "CheckWrite",
    "StageWrite",
    "RetryOn",
    "RetryPolicy",
    "Bookmark",
    "CheckChanged",
    "Event",
    "EventFilter",
    "PlanCompleted",
    "ProgressReported",
    "StageChanged",
    "Explanation",
    "Reason",
    "ReasonKind",
    "StoppingAttempt",
    "JSON",
    # Errors
    "AlreadyExists",
    "AttemptStopped",
    "CIError",
    "ConcurrentModification",
    "CyclicDependency",
    "DAGValidationError",
    "EmptyIdError",
    "ExecutionNotFound",
    "InternalError",
    "InvalidArgument",
    "InvalidState",
    "LimitExceeded",
    "NodeWritten",
    "NotFound",
    "OrchestratorUnavailable",
    "PositionExpired",
    "RunnerNotFound",
    "RunnerUnavailable",
    "ServiceError",
    "StageFailed",
    "StaleAttempt",
    "Problem",
]

for _name in __all__:
    _value: object = globals()[_name]
    if isinstance(_value, type) and issubclass(_value, CIError):
        # Tracebacks then say what people catch, and pickles outlive our modules.
        _value.__module__ = __name__
