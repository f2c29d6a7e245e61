from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turboci.v1 import check_pb2 as _check_pb2
from turboci.v1 import common_pb2 as _common_pb2
from turboci.v1 import stage_pb2 as _stage_pb2
from turboci.v1 import stagerunner_pb2 as _stagerunner_pb2
from turboci.v1 import workplan_pb2 as _workplan_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class WriteNodesRequest(_message.Message):
    __slots__ = ("work_plan_id", "checks", "stages", "execution_id")
    WORK_PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    work_plan_id: str
    checks: _containers.RepeatedCompositeFieldContainer[_check_pb2.CheckWrite]
    stages: _containers.RepeatedCompositeFieldContainer[_stage_pb2.StageWrite]
    execution_id: str
    def __init__(self, work_plan_id: _Optional[str] = ..., checks: _Optional[_Iterable[_Union[_check_pb2.CheckWrite, _Mapping]]] = ..., stages: _Optional[_Iterable[_Union[_stage_pb2.StageWrite, _Mapping]]] = ..., execution_id: _Optional[str] = ...) -> None: ...

class WriteNodesResponse(_message.Message):
    __slots__ = ("checks", "stages", "sequence")
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    checks: _containers.RepeatedCompositeFieldContainer[_check_pb2.Check]
    stages: _containers.RepeatedCompositeFieldContainer[_stage_pb2.Stage]
    sequence: int
    def __init__(self, checks: _Optional[_Iterable[_Union[_check_pb2.Check, _Mapping]]] = ..., stages: _Optional[_Iterable[_Union[_stage_pb2.Stage, _Mapping]]] = ..., sequence: _Optional[int] = ...) -> None: ...

class QueryNodesRequest(_message.Message):
    __slots__ = ("work_plan_id", "check_ids", "stage_ids", "check_states", "stage_states", "include_checks", "include_stages", "page_size", "page_token")
    WORK_PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    CHECK_IDS_FIELD_NUMBER: _ClassVar[int]
    STAGE_IDS_FIELD_NUMBER: _ClassVar[int]
    CHECK_STATES_FIELD_NUMBER: _ClassVar[int]
    STAGE_STATES_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_CHECKS_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_STAGES_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    work_plan_id: str
    check_ids: _containers.RepeatedScalarFieldContainer[str]
    stage_ids: _containers.RepeatedScalarFieldContainer[str]
    check_states: _containers.RepeatedScalarFieldContainer[_common_pb2.CheckState]
    stage_states: _containers.RepeatedScalarFieldContainer[_common_pb2.StageState]
    include_checks: bool
    include_stages: bool
    page_size: int
    page_token: str
    def __init__(self, work_plan_id: _Optional[str] = ..., check_ids: _Optional[_Iterable[str]] = ..., stage_ids: _Optional[_Iterable[str]] = ..., check_states: _Optional[_Iterable[_Union[_common_pb2.CheckState, str]]] = ..., stage_states: _Optional[_Iterable[_Union[_common_pb2.StageState, str]]] = ..., include_checks: bool = ..., include_stages: bool = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class QueryNodesResponse(_message.Message):
    __slots__ = ("checks", "stages", "sequence", "next_page_token")
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    checks: _containers.RepeatedCompositeFieldContainer[_check_pb2.Check]
    stages: _containers.RepeatedCompositeFieldContainer[_stage_pb2.Stage]
    sequence: int
    next_page_token: str
    def __init__(self, checks: _Optional[_Iterable[_Union[_check_pb2.Check, _Mapping]]] = ..., stages: _Optional[_Iterable[_Union[_stage_pb2.Stage, _Mapping]]] = ..., sequence: _Optional[int] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CancelStageRequest(_message.Message):
    __slots__ = ("work_plan_id", "stage_id", "reason")
    WORK_PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    work_plan_id: str
    stage_id: str
    reason: str
    def __init__(self, work_plan_id: _Optional[str] = ..., stage_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CancelStageResponse(_message.Message):
    __slots__ = ("stage",)
    STAGE_FIELD_NUMBER: _ClassVar[int]
    stage: _stage_pb2.Stage
    def __init__(self, stage: _Optional[_Union[_stage_pb2.Stage, _Mapping]] = ...) -> None: ...

class RegisterStageRunnerRequest(_message.Message):
    __slots__ = ("runner_id", "runner_type", "address", "supported_modes", "max_concurrent", "ttl_seconds", "metadata", "process_uid")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    RUNNER_ID_FIELD_NUMBER: _ClassVar[int]
    RUNNER_TYPE_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    SUPPORTED_MODES_FIELD_NUMBER: _ClassVar[int]
    MAX_CONCURRENT_FIELD_NUMBER: _ClassVar[int]
    TTL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    PROCESS_UID_FIELD_NUMBER: _ClassVar[int]
    runner_id: str
    runner_type: str
    address: str
    supported_modes: _containers.RepeatedScalarFieldContainer[_common_pb2.ExecutionMode]
    max_concurrent: int
    ttl_seconds: int
    metadata: _containers.ScalarMap[str, str]
    process_uid: str
    def __init__(self, runner_id: _Optional[str] = ..., runner_type: _Optional[str] = ..., address: _Optional[str] = ..., supported_modes: _Optional[_Iterable[_Union[_common_pb2.ExecutionMode, str]]] = ..., max_concurrent: _Optional[int] = ..., ttl_seconds: _Optional[int] = ..., metadata: _Optional[_Mapping[str, str]] = ..., process_uid: _Optional[str] = ...) -> None: ...

class RegisterStageRunnerResponse(_message.Message):
    __slots__ = ("registration_id", "expires_at")
    REGISTRATION_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    registration_id: str
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, registration_id: _Optional[str] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class UnregisterStageRunnerRequest(_message.Message):
    __slots__ = ("registration_id",)
    REGISTRATION_ID_FIELD_NUMBER: _ClassVar[int]
    registration_id: str
    def __init__(self, registration_id: _Optional[str] = ...) -> None: ...

class UnregisterStageRunnerResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListStageRunnersRequest(_message.Message):
    __slots__ = ("runner_type",)
    RUNNER_TYPE_FIELD_NUMBER: _ClassVar[int]
    runner_type: str
    def __init__(self, runner_type: _Optional[str] = ...) -> None: ...

class ListStageRunnersResponse(_message.Message):
    __slots__ = ("runners",)
    RUNNERS_FIELD_NUMBER: _ClassVar[int]
    runners: _containers.RepeatedCompositeFieldContainer[StageRunnerInfo]
    def __init__(self, runners: _Optional[_Iterable[_Union[StageRunnerInfo, _Mapping]]] = ...) -> None: ...

class StageRunnerInfo(_message.Message):
    __slots__ = ("runner_id", "registration_id", "runner_type", "address", "supported_modes", "max_concurrent", "current_load", "registered_at", "last_heartbeat", "expires_at", "metadata")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    RUNNER_ID_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_ID_FIELD_NUMBER: _ClassVar[int]
    RUNNER_TYPE_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    SUPPORTED_MODES_FIELD_NUMBER: _ClassVar[int]
    MAX_CONCURRENT_FIELD_NUMBER: _ClassVar[int]
    CURRENT_LOAD_FIELD_NUMBER: _ClassVar[int]
    REGISTERED_AT_FIELD_NUMBER: _ClassVar[int]
    LAST_HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    runner_id: str
    registration_id: str
    runner_type: str
    address: str
    supported_modes: _containers.RepeatedScalarFieldContainer[_common_pb2.ExecutionMode]
    max_concurrent: int
    current_load: int
    registered_at: _timestamp_pb2.Timestamp
    last_heartbeat: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, runner_id: _Optional[str] = ..., registration_id: _Optional[str] = ..., runner_type: _Optional[str] = ..., address: _Optional[str] = ..., supported_modes: _Optional[_Iterable[_Union[_common_pb2.ExecutionMode, str]]] = ..., max_concurrent: _Optional[int] = ..., current_load: _Optional[int] = ..., registered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_heartbeat: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...

class UpdateStageExecutionRequest(_message.Message):
    __slots__ = ("execution_id", "message", "progress_percent", "details", "log")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_PERCENT_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    message: str
    progress_percent: int
    details: _struct_pb2.Struct
    log: str
    def __init__(self, execution_id: _Optional[str] = ..., message: _Optional[str] = ..., progress_percent: _Optional[int] = ..., details: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., log: _Optional[str] = ...) -> None: ...

class UpdateStageExecutionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CompleteStageExecutionRequest(_message.Message):
    __slots__ = ("execution_id", "stage_state", "check_updates", "failure", "details")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_STATE_FIELD_NUMBER: _ClassVar[int]
    CHECK_UPDATES_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    stage_state: _common_pb2.StageState
    check_updates: _containers.RepeatedCompositeFieldContainer[_stagerunner_pb2.CheckUpdate]
    failure: _common_pb2.Failure
    details: _struct_pb2.Struct
    def __init__(self, execution_id: _Optional[str] = ..., stage_state: _Optional[_Union[_common_pb2.StageState, str]] = ..., check_updates: _Optional[_Iterable[_Union[_stagerunner_pb2.CheckUpdate, _Mapping]]] = ..., failure: _Optional[_Union[_common_pb2.Failure, _Mapping]] = ..., details: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class CompleteStageExecutionResponse(_message.Message):
    __slots__ = ("acknowledged",)
    ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    acknowledged: bool
    def __init__(self, acknowledged: bool = ...) -> None: ...

class WatchWorkPlanRequest(_message.Message):
    __slots__ = ("work_plan_id", "include_checks", "include_stages", "check_state_filter", "stage_state_filter", "check_id_filter", "stage_id_filter", "after_sequence", "include_nodes", "bookmarks", "include_progress")
    WORK_PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_CHECKS_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_STAGES_FIELD_NUMBER: _ClassVar[int]
    CHECK_STATE_FILTER_FIELD_NUMBER: _ClassVar[int]
    STAGE_STATE_FILTER_FIELD_NUMBER: _ClassVar[int]
    CHECK_ID_FILTER_FIELD_NUMBER: _ClassVar[int]
    STAGE_ID_FILTER_FIELD_NUMBER: _ClassVar[int]
    AFTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_NODES_FIELD_NUMBER: _ClassVar[int]
    BOOKMARKS_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_PROGRESS_FIELD_NUMBER: _ClassVar[int]
    work_plan_id: str
    include_checks: bool
    include_stages: bool
    check_state_filter: _containers.RepeatedScalarFieldContainer[_common_pb2.CheckState]
    stage_state_filter: _containers.RepeatedScalarFieldContainer[_common_pb2.StageState]
    check_id_filter: _containers.RepeatedScalarFieldContainer[str]
    stage_id_filter: _containers.RepeatedScalarFieldContainer[str]
    after_sequence: int
    include_nodes: bool
    bookmarks: bool
    include_progress: bool
    def __init__(self, work_plan_id: _Optional[str] = ..., include_checks: bool = ..., include_stages: bool = ..., check_state_filter: _Optional[_Iterable[_Union[_common_pb2.CheckState, str]]] = ..., stage_state_filter: _Optional[_Iterable[_Union[_common_pb2.StageState, str]]] = ..., check_id_filter: _Optional[_Iterable[str]] = ..., stage_id_filter: _Optional[_Iterable[str]] = ..., after_sequence: _Optional[int] = ..., include_nodes: bool = ..., bookmarks: bool = ..., include_progress: bool = ...) -> None: ...

class WorkPlanEvent(_message.Message):
    __slots__ = ("timestamp", "check_event", "stage_event", "completed_event", "bookmark_event", "progress_event", "sequence")
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    CHECK_EVENT_FIELD_NUMBER: _ClassVar[int]
    STAGE_EVENT_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_EVENT_FIELD_NUMBER: _ClassVar[int]
    BOOKMARK_EVENT_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_EVENT_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    timestamp: _timestamp_pb2.Timestamp
    check_event: CheckEvent
    stage_event: StageEvent
    completed_event: WorkPlanCompletedEvent
    bookmark_event: BookmarkEvent
    progress_event: ProgressEvent
    sequence: int
    def __init__(self, timestamp: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., check_event: _Optional[_Union[CheckEvent, _Mapping]] = ..., stage_event: _Optional[_Union[StageEvent, _Mapping]] = ..., completed_event: _Optional[_Union[WorkPlanCompletedEvent, _Mapping]] = ..., bookmark_event: _Optional[_Union[BookmarkEvent, _Mapping]] = ..., progress_event: _Optional[_Union[ProgressEvent, _Mapping]] = ..., sequence: _Optional[int] = ...) -> None: ...

class CheckEvent(_message.Message):
    __slots__ = ("check_id", "old_state", "new_state", "check", "outcome", "cause")
    CHECK_ID_FIELD_NUMBER: _ClassVar[int]
    OLD_STATE_FIELD_NUMBER: _ClassVar[int]
    NEW_STATE_FIELD_NUMBER: _ClassVar[int]
    CHECK_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    check_id: str
    old_state: _common_pb2.CheckState
    new_state: _common_pb2.CheckState
    check: _check_pb2.Check
    outcome: _common_pb2.Outcome
    cause: str
    def __init__(self, check_id: _Optional[str] = ..., old_state: _Optional[_Union[_common_pb2.CheckState, str]] = ..., new_state: _Optional[_Union[_common_pb2.CheckState, str]] = ..., check: _Optional[_Union[_check_pb2.Check, _Mapping]] = ..., outcome: _Optional[_Union[_common_pb2.Outcome, str]] = ..., cause: _Optional[str] = ...) -> None: ...

class StageEvent(_message.Message):
    __slots__ = ("stage_id", "old_state", "new_state", "stage", "outcome", "cause", "attempt_idx", "attempt_state")
    STAGE_ID_FIELD_NUMBER: _ClassVar[int]
    OLD_STATE_FIELD_NUMBER: _ClassVar[int]
    NEW_STATE_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_IDX_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_STATE_FIELD_NUMBER: _ClassVar[int]
    stage_id: str
    old_state: _common_pb2.StageState
    new_state: _common_pb2.StageState
    stage: _stage_pb2.Stage
    outcome: _common_pb2.Outcome
    cause: str
    attempt_idx: int
    attempt_state: _common_pb2.AttemptState
    def __init__(self, stage_id: _Optional[str] = ..., old_state: _Optional[_Union[_common_pb2.StageState, str]] = ..., new_state: _Optional[_Union[_common_pb2.StageState, str]] = ..., stage: _Optional[_Union[_stage_pb2.Stage, _Mapping]] = ..., outcome: _Optional[_Union[_common_pb2.Outcome, str]] = ..., cause: _Optional[str] = ..., attempt_idx: _Optional[int] = ..., attempt_state: _Optional[_Union[_common_pb2.AttemptState, str]] = ...) -> None: ...

class WorkPlanCompletedEvent(_message.Message):
    __slots__ = ("checks_completed", "stages_completed", "has_failures")
    CHECKS_COMPLETED_FIELD_NUMBER: _ClassVar[int]
    STAGES_COMPLETED_FIELD_NUMBER: _ClassVar[int]
    HAS_FAILURES_FIELD_NUMBER: _ClassVar[int]
    checks_completed: int
    stages_completed: int
    has_failures: bool
    def __init__(self, checks_completed: _Optional[int] = ..., stages_completed: _Optional[int] = ..., has_failures: bool = ...) -> None: ...

class BookmarkEvent(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ProgressEvent(_message.Message):
    __slots__ = ("stage_id", "attempt_idx", "progress")
    STAGE_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_IDX_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    stage_id: str
    attempt_idx: int
    progress: _stage_pb2.ProgressEntry
    def __init__(self, stage_id: _Optional[str] = ..., attempt_idx: _Optional[int] = ..., progress: _Optional[_Union[_stage_pb2.ProgressEntry, _Mapping]] = ...) -> None: ...

class ExplainNodesRequest(_message.Message):
    __slots__ = ("work_plan_id", "check_ids", "stage_ids")
    WORK_PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    CHECK_IDS_FIELD_NUMBER: _ClassVar[int]
    STAGE_IDS_FIELD_NUMBER: _ClassVar[int]
    work_plan_id: str
    check_ids: _containers.RepeatedScalarFieldContainer[str]
    stage_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, work_plan_id: _Optional[str] = ..., check_ids: _Optional[_Iterable[str]] = ..., stage_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ExplainNodesResponse(_message.Message):
    __slots__ = ("reasons", "stalled", "stopping")
    REASONS_FIELD_NUMBER: _ClassVar[int]
    STALLED_FIELD_NUMBER: _ClassVar[int]
    STOPPING_FIELD_NUMBER: _ClassVar[int]
    reasons: _containers.RepeatedCompositeFieldContainer[WaitReason]
    stalled: bool
    stopping: _containers.RepeatedCompositeFieldContainer[StoppingAttempt]
    def __init__(self, reasons: _Optional[_Iterable[_Union[WaitReason, _Mapping]]] = ..., stalled: bool = ..., stopping: _Optional[_Iterable[_Union[StoppingAttempt, _Mapping]]] = ...) -> None: ...

class StoppingAttempt(_message.Message):
    __slots__ = ("stage_id", "attempt_idx", "runner_id", "asked_at")
    STAGE_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_IDX_FIELD_NUMBER: _ClassVar[int]
    RUNNER_ID_FIELD_NUMBER: _ClassVar[int]
    ASKED_AT_FIELD_NUMBER: _ClassVar[int]
    stage_id: str
    attempt_idx: int
    runner_id: str
    asked_at: _timestamp_pb2.Timestamp
    def __init__(self, stage_id: _Optional[str] = ..., attempt_idx: _Optional[int] = ..., runner_id: _Optional[str] = ..., asked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class WaitReason(_message.Message):
    __slots__ = ("node_type", "node_id", "kind", "text", "waits_for")
    NODE_TYPE_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    WAITS_FOR_FIELD_NUMBER: _ClassVar[int]
    node_type: _common_pb2.NodeType
    node_id: str
    kind: str
    text: str
    waits_for: _containers.RepeatedCompositeFieldContainer[_common_pb2.Dependency]
    def __init__(self, node_type: _Optional[_Union[_common_pb2.NodeType, str]] = ..., node_id: _Optional[str] = ..., kind: _Optional[str] = ..., text: _Optional[str] = ..., waits_for: _Optional[_Iterable[_Union[_common_pb2.Dependency, _Mapping]]] = ...) -> None: ...

class ReadStageLogRequest(_message.Message):
    __slots__ = ("work_plan_id", "stage_id", "attempt_idx", "start", "follow")
    WORK_PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_IDX_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_FIELD_NUMBER: _ClassVar[int]
    work_plan_id: str
    stage_id: str
    attempt_idx: int
    start: int
    follow: bool
    def __init__(self, work_plan_id: _Optional[str] = ..., stage_id: _Optional[str] = ..., attempt_idx: _Optional[int] = ..., start: _Optional[int] = ..., follow: bool = ...) -> None: ...

class LogPiece(_message.Message):
    __slots__ = ("attempt_idx", "start", "text", "timestamp")
    ATTEMPT_IDX_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    attempt_idx: int
    start: int
    text: str
    timestamp: _timestamp_pb2.Timestamp
    def __init__(self, attempt_idx: _Optional[int] = ..., start: _Optional[int] = ..., text: _Optional[str] = ..., timestamp: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RunnerFrame(_message.Message):
    __slots__ = ("hello", "accepted", "returned", "reports", "draining")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    RETURNED_FIELD_NUMBER: _ClassVar[int]
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    hello: RunnerHello
    accepted: _containers.RepeatedScalarFieldContainer[str]
    returned: _containers.RepeatedCompositeFieldContainer[ReturnedExecution]
    reports: _containers.RepeatedCompositeFieldContainer[RunnerReport]
    draining: bool
    def __init__(self, hello: _Optional[_Union[RunnerHello, _Mapping]] = ..., accepted: _Optional[_Iterable[str]] = ..., returned: _Optional[_Iterable[_Union[ReturnedExecution, _Mapping]]] = ..., reports: _Optional[_Iterable[_Union[RunnerReport, _Mapping]]] = ..., draining: bool = ...) -> None: ...

class RunnerHello(_message.Message):
    __slots__ = ("registration", "held")
    REGISTRATION_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    registration: RegisterStageRunnerRequest
    held: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, registration: _Optional[_Union[RegisterStageRunnerRequest, _Mapping]] = ..., held: _Optional[_Iterable[str]] = ...) -> None: ...

class ReturnedExecution(_message.Message):
    __slots__ = ("execution_id", "reason", "begun")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BEGUN_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    reason: str
    begun: bool
    def __init__(self, execution_id: _Optional[str] = ..., reason: _Optional[str] = ..., begun: bool = ...) -> None: ...

class RunnerReport(_message.Message):
    __slots__ = ("ticket", "progress", "completion")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_FIELD_NUMBER: _ClassVar[int]
    ticket: int
    progress: UpdateStageExecutionRequest
    completion: CompleteStageExecutionRequest
    def __init__(self, ticket: _Optional[int] = ..., progress: _Optional[_Union[UpdateStageExecutionRequest, _Mapping]] = ..., completion: _Optional[_Union[CompleteStageExecutionRequest, _Mapping]] = ...) -> None: ...

class OrchestratorFrame(_message.Message):
    __slots__ = ("lease", "sync_executions", "async_executions", "cancels", "acknowledged", "refused")
    LEASE_FIELD_NUMBER: _ClassVar[int]
    SYNC_EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    ASYNC_EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    CANCELS_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    lease: RegisterStageRunnerResponse
    sync_executions: _containers.RepeatedCompositeFieldContainer[_stagerunner_pb2.RunRequest]
    async_executions: _containers.RepeatedCompositeFieldContainer[_stagerunner_pb2.RunAsyncRequest]
    cancels: _containers.RepeatedCompositeFieldContainer[_stagerunner_pb2.CancelRequest]
    acknowledged: _containers.RepeatedScalarFieldContainer[int]
    refused: _containers.RepeatedCompositeFieldContainer[RefusedReport]
    def __init__(self, lease: _Optional[_Union[RegisterStageRunnerResponse, _Mapping]] = ..., sync_executions: _Optional[_Iterable[_Union[_stagerunner_pb2.RunRequest, _Mapping]]] = ..., async_executions: _Optional[_Iterable[_Union[_stagerunner_pb2.RunAsyncRequest, _Mapping]]] = ..., cancels: _Optional[_Iterable[_Union[_stagerunner_pb2.CancelRequest, _Mapping]]] = ..., acknowledged: _Optional[_Iterable[int]] = ..., refused: _Optional[_Iterable[_Union[RefusedReport, _Mapping]]] = ...) -> None: ...

class RefusedReport(_message.Message):
    __slots__ = ("ticket", "status", "message", "details")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    ticket: int
    status: str
    message: str
    details: bytes
    def __init__(self, ticket: _Optional[int] = ..., status: _Optional[str] = ..., message: _Optional[str] = ..., details: _Optional[bytes] = ...) -> None: ...
