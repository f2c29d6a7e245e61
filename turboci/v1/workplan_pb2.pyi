from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
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
    __slots__ = ("id", "created_at", "updated_at", "version", "status", "metadata", "deadline", "fail_fast", "cause", "held", "finished_at")
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
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    FAIL_FAST_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    FINISHED_AT_FIELD_NUMBER: _ClassVar[int]
    id: str
    created_at: _timestamp_pb2.Timestamp
    updated_at: _timestamp_pb2.Timestamp
    version: int
    status: PlanStatus
    metadata: _containers.ScalarMap[str, str]
    deadline: _timestamp_pb2.Timestamp
    fail_fast: bool
    cause: str
    held: bool
    finished_at: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., version: _Optional[int] = ..., status: _Optional[_Union[PlanStatus, str]] = ..., metadata: _Optional[_Mapping[str, str]] = ..., deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., fail_fast: bool = ..., cause: _Optional[str] = ..., held: bool = ..., finished_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateWorkPlanRequest(_message.Message):
    __slots__ = ("metadata", "idempotency_key", "deadline", "fail_fast", "held")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    METADATA_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    FAIL_FAST_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    metadata: _containers.ScalarMap[str, str]
    idempotency_key: str
    deadline: _timestamp_pb2.Timestamp
    fail_fast: bool
    held: bool
    def __init__(self, metadata: _Optional[_Mapping[str, str]] = ..., idempotency_key: _Optional[str] = ..., deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., fail_fast: bool = ..., held: bool = ...) -> None: ...

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

class ReleaseWorkPlanRequest(_message.Message):
    __slots__ = ("work_plan_id",)
    WORK_PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    work_plan_id: str
    def __init__(self, work_plan_id: _Optional[str] = ...) -> None: ...

class ReleaseWorkPlanResponse(_message.Message):
    __slots__ = ("work_plan",)
    WORK_PLAN_FIELD_NUMBER: _ClassVar[int]
    work_plan: WorkPlan
    def __init__(self, work_plan: _Optional[_Union[WorkPlan, _Mapping]] = ...) -> None: ...

class ListWorkPlansRequest(_message.Message):
    __slots__ = ("statuses", "name", "page_size", "page_token")
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    statuses: _containers.RepeatedScalarFieldContainer[PlanStatus]
    name: str
    page_size: int
    page_token: str
    def __init__(self, statuses: _Optional[_Iterable[_Union[PlanStatus, str]]] = ..., name: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListWorkPlansResponse(_message.Message):
    __slots__ = ("work_plans", "next_page_token")
    WORK_PLANS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    work_plans: _containers.RepeatedCompositeFieldContainer[WorkPlan]
    next_page_token: str
    def __init__(self, work_plans: _Optional[_Iterable[_Union[WorkPlan, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeleteWorkPlansRequest(_message.Message):
    __slots__ = ("older_than", "keep", "dry_run")
    OLDER_THAN_FIELD_NUMBER: _ClassVar[int]
    KEEP_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    older_than: _duration_pb2.Duration
    keep: int
    dry_run: bool
    def __init__(self, older_than: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., keep: _Optional[int] = ..., dry_run: bool = ...) -> None: ...

class DeleteWorkPlansResponse(_message.Message):
    __slots__ = ("plans", "checks", "stages")
    PLANS_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    plans: int
    checks: int
    stages: int
    def __init__(self, plans: _Optional[int] = ..., checks: _Optional[int] = ..., stages: _Optional[int] = ...) -> None: ...
