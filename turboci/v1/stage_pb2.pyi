from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turboci.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ConcludedReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONCLUDED_REASON_UNKNOWN: _ClassVar[ConcludedReason]
    CONCLUDED_REASON_ATTEMPT_COMPLETE: _ClassVar[ConcludedReason]
    CONCLUDED_REASON_WORK_FAILED: _ClassVar[ConcludedReason]
    CONCLUDED_REASON_RETRIES_EXHAUSTED: _ClassVar[ConcludedReason]
    CONCLUDED_REASON_TIMED_OUT: _ClassVar[ConcludedReason]
    CONCLUDED_REASON_NO_RUNNER: _ClassVar[ConcludedReason]
    CONCLUDED_REASON_DEPENDENCIES_UNSATISFIED: _ClassVar[ConcludedReason]
    CONCLUDED_REASON_NOTHING_TO_ANSWER: _ClassVar[ConcludedReason]
    CONCLUDED_REASON_GROUP_FAILED: _ClassVar[ConcludedReason]
    CONCLUDED_REASON_CANCELLED: _ClassVar[ConcludedReason]
CONCLUDED_REASON_UNKNOWN: ConcludedReason
CONCLUDED_REASON_ATTEMPT_COMPLETE: ConcludedReason
CONCLUDED_REASON_WORK_FAILED: ConcludedReason
CONCLUDED_REASON_RETRIES_EXHAUSTED: ConcludedReason
CONCLUDED_REASON_TIMED_OUT: ConcludedReason
CONCLUDED_REASON_NO_RUNNER: ConcludedReason
CONCLUDED_REASON_DEPENDENCIES_UNSATISFIED: ConcludedReason
CONCLUDED_REASON_NOTHING_TO_ANSWER: ConcludedReason
CONCLUDED_REASON_GROUP_FAILED: ConcludedReason
CONCLUDED_REASON_CANCELLED: ConcludedReason

class Stage(_message.Message):
    __slots__ = ("id", "work_plan_id", "state", "args", "attempts", "assignments", "dependencies", "created_at", "updated_at", "version", "execution_mode", "runner_type", "outcome", "concluded_reason", "cause", "retry", "timeout", "heartbeat_timeout", "priority", "parent_stage_id", "always", "no_runner_timeout")
    ID_FIELD_NUMBER: _ClassVar[int]
    WORK_PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ARGS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENTS_FIELD_NUMBER: _ClassVar[int]
    DEPENDENCIES_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_MODE_FIELD_NUMBER: _ClassVar[int]
    RUNNER_TYPE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    CONCLUDED_REASON_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    RETRY_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    PARENT_STAGE_ID_FIELD_NUMBER: _ClassVar[int]
    ALWAYS_FIELD_NUMBER: _ClassVar[int]
    NO_RUNNER_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    id: str
    work_plan_id: str
    state: _common_pb2.StageState
    args: _struct_pb2.Struct
    attempts: _containers.RepeatedCompositeFieldContainer[Attempt]
    assignments: _containers.RepeatedCompositeFieldContainer[Assignment]
    dependencies: _common_pb2.DependencyGroup
    created_at: _timestamp_pb2.Timestamp
    updated_at: _timestamp_pb2.Timestamp
    version: int
    execution_mode: _common_pb2.ExecutionMode
    runner_type: str
    outcome: _common_pb2.Outcome
    concluded_reason: ConcludedReason
    cause: str
    retry: _common_pb2.RetryPolicy
    timeout: _duration_pb2.Duration
    heartbeat_timeout: _duration_pb2.Duration
    priority: int
    parent_stage_id: str
    always: bool
    no_runner_timeout: _duration_pb2.Duration
    def __init__(self, id: _Optional[str] = ..., work_plan_id: _Optional[str] = ..., state: _Optional[_Union[_common_pb2.StageState, str]] = ..., args: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., attempts: _Optional[_Iterable[_Union[Attempt, _Mapping]]] = ..., assignments: _Optional[_Iterable[_Union[Assignment, _Mapping]]] = ..., dependencies: _Optional[_Union[_common_pb2.DependencyGroup, _Mapping]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., version: _Optional[int] = ..., execution_mode: _Optional[_Union[_common_pb2.ExecutionMode, str]] = ..., runner_type: _Optional[str] = ..., outcome: _Optional[_Union[_common_pb2.Outcome, str]] = ..., concluded_reason: _Optional[_Union[ConcludedReason, str]] = ..., cause: _Optional[str] = ..., retry: _Optional[_Union[_common_pb2.RetryPolicy, _Mapping]] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., heartbeat_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., priority: _Optional[int] = ..., parent_stage_id: _Optional[str] = ..., always: bool = ..., no_runner_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Attempt(_message.Message):
    __slots__ = ("idx", "state", "process_uid", "details", "progress", "created_at", "updated_at", "failure")
    IDX_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROCESS_UID_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    idx: int
    state: _common_pb2.AttemptState
    process_uid: str
    details: _struct_pb2.Struct
    progress: _containers.RepeatedCompositeFieldContainer[ProgressEntry]
    created_at: _timestamp_pb2.Timestamp
    updated_at: _timestamp_pb2.Timestamp
    failure: _common_pb2.Failure
    def __init__(self, idx: _Optional[int] = ..., state: _Optional[_Union[_common_pb2.AttemptState, str]] = ..., process_uid: _Optional[str] = ..., details: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., progress: _Optional[_Iterable[_Union[ProgressEntry, _Mapping]]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., failure: _Optional[_Union[_common_pb2.Failure, _Mapping]] = ...) -> None: ...

class ProgressEntry(_message.Message):
    __slots__ = ("message", "timestamp", "details", "percent", "log")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    message: str
    timestamp: _timestamp_pb2.Timestamp
    details: _struct_pb2.Struct
    percent: int
    log: str
    def __init__(self, message: _Optional[str] = ..., timestamp: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., details: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., percent: _Optional[int] = ..., log: _Optional[str] = ...) -> None: ...

class Assignment(_message.Message):
    __slots__ = ("target_check_id", "goal_state")
    TARGET_CHECK_ID_FIELD_NUMBER: _ClassVar[int]
    GOAL_STATE_FIELD_NUMBER: _ClassVar[int]
    target_check_id: str
    goal_state: _common_pb2.CheckState
    def __init__(self, target_check_id: _Optional[str] = ..., goal_state: _Optional[_Union[_common_pb2.CheckState, str]] = ...) -> None: ...

class StageWrite(_message.Message):
    __slots__ = ("id", "state", "args", "assignments", "dependencies", "current_attempt", "execution_mode", "runner_type", "expected_version", "retry", "timeout", "heartbeat_timeout", "priority", "parent_stage_id", "always", "no_runner_timeout")
    ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ARGS_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENTS_FIELD_NUMBER: _ClassVar[int]
    DEPENDENCIES_FIELD_NUMBER: _ClassVar[int]
    CURRENT_ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_MODE_FIELD_NUMBER: _ClassVar[int]
    RUNNER_TYPE_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    RETRY_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    PARENT_STAGE_ID_FIELD_NUMBER: _ClassVar[int]
    ALWAYS_FIELD_NUMBER: _ClassVar[int]
    NO_RUNNER_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    id: str
    state: _common_pb2.StageState
    args: _struct_pb2.Struct
    assignments: _containers.RepeatedCompositeFieldContainer[Assignment]
    dependencies: _common_pb2.DependencyGroup
    current_attempt: AttemptWrite
    execution_mode: _common_pb2.ExecutionMode
    runner_type: str
    expected_version: int
    retry: _common_pb2.RetryPolicy
    timeout: _duration_pb2.Duration
    heartbeat_timeout: _duration_pb2.Duration
    priority: int
    parent_stage_id: str
    always: bool
    no_runner_timeout: _duration_pb2.Duration
    def __init__(self, id: _Optional[str] = ..., state: _Optional[_Union[_common_pb2.StageState, str]] = ..., args: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., assignments: _Optional[_Iterable[_Union[Assignment, _Mapping]]] = ..., dependencies: _Optional[_Union[_common_pb2.DependencyGroup, _Mapping]] = ..., current_attempt: _Optional[_Union[AttemptWrite, _Mapping]] = ..., execution_mode: _Optional[_Union[_common_pb2.ExecutionMode, str]] = ..., runner_type: _Optional[str] = ..., expected_version: _Optional[int] = ..., retry: _Optional[_Union[_common_pb2.RetryPolicy, _Mapping]] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., heartbeat_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., priority: _Optional[int] = ..., parent_stage_id: _Optional[str] = ..., always: bool = ..., no_runner_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class AttemptWrite(_message.Message):
    __slots__ = ("state", "process_uid", "details", "progress", "failure")
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROCESS_UID_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    state: _common_pb2.AttemptState
    process_uid: str
    details: _struct_pb2.Struct
    progress: ProgressEntry
    failure: _common_pb2.Failure
    def __init__(self, state: _Optional[_Union[_common_pb2.AttemptState, str]] = ..., process_uid: _Optional[str] = ..., details: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., progress: _Optional[_Union[ProgressEntry, _Mapping]] = ..., failure: _Optional[_Union[_common_pb2.Failure, _Mapping]] = ...) -> None: ...
