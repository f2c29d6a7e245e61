from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CheckState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHECK_STATE_UNKNOWN: _ClassVar[CheckState]
    CHECK_STATE_PLANNING: _ClassVar[CheckState]
    CHECK_STATE_PLANNED: _ClassVar[CheckState]
    CHECK_STATE_WAITING: _ClassVar[CheckState]
    CHECK_STATE_FINAL: _ClassVar[CheckState]

class StageState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAGE_STATE_UNKNOWN: _ClassVar[StageState]
    STAGE_STATE_PLANNED: _ClassVar[StageState]
    STAGE_STATE_ATTEMPTING: _ClassVar[StageState]
    STAGE_STATE_AWAITING_GROUP: _ClassVar[StageState]
    STAGE_STATE_FINAL: _ClassVar[StageState]

class AttemptState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ATTEMPT_STATE_UNKNOWN: _ClassVar[AttemptState]
    ATTEMPT_STATE_PENDING: _ClassVar[AttemptState]
    ATTEMPT_STATE_SCHEDULED: _ClassVar[AttemptState]
    ATTEMPT_STATE_RUNNING: _ClassVar[AttemptState]
    ATTEMPT_STATE_COMPLETE: _ClassVar[AttemptState]
    ATTEMPT_STATE_INCOMPLETE: _ClassVar[AttemptState]

class PredicateType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PREDICATE_TYPE_UNKNOWN: _ClassVar[PredicateType]
    PREDICATE_TYPE_AND: _ClassVar[PredicateType]
    PREDICATE_TYPE_OR: _ClassVar[PredicateType]

class NodeType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NODE_TYPE_UNKNOWN: _ClassVar[NodeType]
    NODE_TYPE_CHECK: _ClassVar[NodeType]
    NODE_TYPE_STAGE: _ClassVar[NodeType]

class ExecutionMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXECUTION_MODE_UNKNOWN: _ClassVar[ExecutionMode]
    EXECUTION_MODE_SYNC: _ClassVar[ExecutionMode]
    EXECUTION_MODE_ASYNC: _ClassVar[ExecutionMode]

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNKNOWN: _ClassVar[Outcome]
    OUTCOME_SUCCEEDED: _ClassVar[Outcome]
    OUTCOME_FAILED: _ClassVar[Outcome]
    OUTCOME_SKIPPED: _ClassVar[Outcome]
    OUTCOME_CANCELLED: _ClassVar[Outcome]

class DependencyCondition(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEPENDENCY_CONDITION_UNKNOWN: _ClassVar[DependencyCondition]
    DEPENDENCY_CONDITION_SUCCEEDED: _ClassVar[DependencyCondition]
    DEPENDENCY_CONDITION_FINISHED: _ClassVar[DependencyCondition]
    DEPENDENCY_CONDITION_FAILED: _ClassVar[DependencyCondition]

class RetryCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RETRY_CAUSE_UNKNOWN: _ClassVar[RetryCause]
    RETRY_CAUSE_LOST: _ClassVar[RetryCause]
    RETRY_CAUSE_FAILED: _ClassVar[RetryCause]
CHECK_STATE_UNKNOWN: CheckState
CHECK_STATE_PLANNING: CheckState
CHECK_STATE_PLANNED: CheckState
CHECK_STATE_WAITING: CheckState
CHECK_STATE_FINAL: CheckState
STAGE_STATE_UNKNOWN: StageState
STAGE_STATE_PLANNED: StageState
STAGE_STATE_ATTEMPTING: StageState
STAGE_STATE_AWAITING_GROUP: StageState
STAGE_STATE_FINAL: StageState
ATTEMPT_STATE_UNKNOWN: AttemptState
ATTEMPT_STATE_PENDING: AttemptState
ATTEMPT_STATE_SCHEDULED: AttemptState
ATTEMPT_STATE_RUNNING: AttemptState
ATTEMPT_STATE_COMPLETE: AttemptState
ATTEMPT_STATE_INCOMPLETE: AttemptState
PREDICATE_TYPE_UNKNOWN: PredicateType
PREDICATE_TYPE_AND: PredicateType
PREDICATE_TYPE_OR: PredicateType
NODE_TYPE_UNKNOWN: NodeType
NODE_TYPE_CHECK: NodeType
NODE_TYPE_STAGE: NodeType
EXECUTION_MODE_UNKNOWN: ExecutionMode
EXECUTION_MODE_SYNC: ExecutionMode
EXECUTION_MODE_ASYNC: ExecutionMode
OUTCOME_UNKNOWN: Outcome
OUTCOME_SUCCEEDED: Outcome
OUTCOME_FAILED: Outcome
OUTCOME_SKIPPED: Outcome
OUTCOME_CANCELLED: Outcome
DEPENDENCY_CONDITION_UNKNOWN: DependencyCondition
DEPENDENCY_CONDITION_SUCCEEDED: DependencyCondition
DEPENDENCY_CONDITION_FINISHED: DependencyCondition
DEPENDENCY_CONDITION_FAILED: DependencyCondition
RETRY_CAUSE_UNKNOWN: RetryCause
RETRY_CAUSE_LOST: RetryCause
RETRY_CAUSE_FAILED: RetryCause

class Dependency(_message.Message):
    __slots__ = ("target_type", "target_id", "condition")
    TARGET_TYPE_FIELD_NUMBER: _ClassVar[int]
    TARGET_ID_FIELD_NUMBER: _ClassVar[int]
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    target_type: NodeType
    target_id: str
    condition: DependencyCondition
    def __init__(self, target_type: _Optional[_Union[NodeType, str]] = ..., target_id: _Optional[str] = ..., condition: _Optional[_Union[DependencyCondition, str]] = ...) -> None: ...

class DependencyGroup(_message.Message):
    __slots__ = ("predicate", "dependencies", "threshold")
    PREDICATE_FIELD_NUMBER: _ClassVar[int]
    DEPENDENCIES_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    predicate: PredicateType
    dependencies: _containers.RepeatedCompositeFieldContainer[Dependency]
    threshold: int
    def __init__(self, predicate: _Optional[_Union[PredicateType, str]] = ..., dependencies: _Optional[_Iterable[_Union[Dependency, _Mapping]]] = ..., threshold: _Optional[int] = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ("message", "occurred_at")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    message: str
    occurred_at: _timestamp_pb2.Timestamp
    def __init__(self, message: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RetryPolicy(_message.Message):
    __slots__ = ("max_attempts", "initial_backoff", "multiplier", "max_backoff", "retry_on")
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    INITIAL_BACKOFF_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    MAX_BACKOFF_FIELD_NUMBER: _ClassVar[int]
    RETRY_ON_FIELD_NUMBER: _ClassVar[int]
    max_attempts: int
    initial_backoff: _duration_pb2.Duration
    multiplier: float
    max_backoff: _duration_pb2.Duration
    retry_on: _containers.RepeatedScalarFieldContainer[RetryCause]
    def __init__(self, max_attempts: _Optional[int] = ..., initial_backoff: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., multiplier: _Optional[float] = ..., max_backoff: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., retry_on: _Optional[_Iterable[_Union[RetryCause, str]]] = ...) -> None: ...
