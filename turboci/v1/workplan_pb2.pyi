from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PlanStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLAN_STATUS_UNKNOWN: _ClassVar[PlanStatus]
    PLAN_STATUS_RUNNING: _ClassVar[PlanStatus]
    PLAN_STATUS_SUCCEEDED: _ClassVar[PlanStatus]
    PLAN_STATUS_FAILED: _ClassVar[PlanStatus]
    PLAN_STATUS_CANCELLED: _ClassVar[PlanStatus]
    PLAN_STATUS_STALLED: _ClassVar[PlanStatus]
    PLAN_STATUS_EMPTY: _ClassVar[PlanStatus]
PLAN_STATUS_UNKNOWN: PlanStatus
PLAN_STATUS_RUNNING: PlanStatus
PLAN_STATUS_SUCCEEDED: PlanStatus
PLAN_STATUS_FAILED: PlanStatus
PLAN_STATUS_CANCELLED: PlanStatus
PLAN_STATUS_STALLED: PlanStatus
PLAN_STATUS_EMPTY: PlanStatus

class WorkPlan(_message.Message):
    __slots__ = ("id", "created_at", "updated_at", "version", "status", "metadata")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    id: str
    created_at: _timestamp_pb2.Timestamp
    updated_at: _timestamp_pb2.Timestamp
    version: int
    status: PlanStatus
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, id: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., version: _Optional[int] = ..., status: _Optional[_Union[PlanStatus, str]] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...

class CreateWorkPlanRequest(_message.Message):
    __slots__ = ("metadata", "idempotency_key")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    METADATA_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    metadata: _containers.ScalarMap[str, str]
    idempotency_key: str
    def __init__(self, metadata: _Optional[_Mapping[str, str]] = ..., idempotency_key: _Optional[str] = ...) -> None: ...

class CreateWorkPlanResponse(_message.Message):
    __slots__ = ("work_plan",)
    WORK_PLAN_FIELD_NUMBER: _ClassVar[int]
    work_plan: WorkPlan
    def __init__(self, work_plan: _Optional[_Union[WorkPlan, _Mapping]] = ...) -> None: ...

class GetWorkPlanRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetWorkPlanResponse(_message.Message):
    __slots__ = ("work_plan",)
    WORK_PLAN_FIELD_NUMBER: _ClassVar[int]
    work_plan: WorkPlan
    def __init__(self, work_plan: _Optional[_Union[WorkPlan, _Mapping]] = ...) -> None: ...

class CancelWorkPlanRequest(_message.Message):
    __slots__ = ("work_plan_id", "reason")
    WORK_PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    work_plan_id: str
    reason: str
    def __init__(self, work_plan_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CancelWorkPlanResponse(_message.Message):
    __slots__ = ("work_plan",)
    WORK_PLAN_FIELD_NUMBER: _ClassVar[int]
    work_plan: WorkPlan
    def __init__(self, work_plan: _Optional[_Union[WorkPlan, _Mapping]] = ...) -> None: ...
