from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turboci.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunRequest(_message.Message):
    __slots__ = ("execution_id", "work_plan_id", "stage_id", "attempt_idx", "assigned_check_ids", "args", "check_options", "deadline")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    WORK_PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_IDX_FIELD_NUMBER: _ClassVar[int]
    ASSIGNED_CHECK_IDS_FIELD_NUMBER: _ClassVar[int]
    ARGS_FIELD_NUMBER: _ClassVar[int]
    CHECK_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    work_plan_id: str
    stage_id: str
    attempt_idx: int
    assigned_check_ids: _containers.RepeatedScalarFieldContainer[str]
    args: _struct_pb2.Struct
    check_options: _containers.RepeatedCompositeFieldContainer[CheckOptions]
    deadline: _timestamp_pb2.Timestamp
    def __init__(self, execution_id: _Optional[str] = ..., work_plan_id: _Optional[str] = ..., stage_id: _Optional[str] = ..., attempt_idx: _Optional[int] = ..., assigned_check_ids: _Optional[_Iterable[str]] = ..., args: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., check_options: _Optional[_Iterable[_Union[CheckOptions, _Mapping]]] = ..., deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CheckOptions(_message.Message):
    __slots__ = ("check_id", "kind", "options")
    CHECK_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    check_id: str
    kind: str
    options: _struct_pb2.Struct
    def __init__(self, check_id: _Optional[str] = ..., kind: _Optional[str] = ..., options: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class RunResponse(_message.Message):
    __slots__ = ("stage_state", "check_updates", "failure", "details")
    STAGE_STATE_FIELD_NUMBER: _ClassVar[int]
    CHECK_UPDATES_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    stage_state: _common_pb2.StageState
    check_updates: _containers.RepeatedCompositeFieldContainer[CheckUpdate]
    failure: _common_pb2.Failure
    details: _struct_pb2.Struct
    def __init__(self, stage_state: _Optional[_Union[_common_pb2.StageState, str]] = ..., check_updates: _Optional[_Iterable[_Union[CheckUpdate, _Mapping]]] = ..., failure: _Optional[_Union[_common_pb2.Failure, _Mapping]] = ..., details: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class CheckUpdate(_message.Message):
    __slots__ = ("check_id", "state", "result_data", "finalize", "failure")
    CHECK_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    RESULT_DATA_FIELD_NUMBER: _ClassVar[int]
    FINALIZE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    check_id: str
    state: _common_pb2.CheckState
    result_data: _struct_pb2.Struct
    finalize: bool
    failure: _common_pb2.Failure
    def __init__(self, check_id: _Optional[str] = ..., state: _Optional[_Union[_common_pb2.CheckState, str]] = ..., result_data: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., finalize: bool = ..., failure: _Optional[_Union[_common_pb2.Failure, _Mapping]] = ...) -> None: ...

class RunAsyncRequest(_message.Message):
    __slots__ = ("execution_id", "work_plan_id", "stage_id", "attempt_idx", "assigned_check_ids", "args", "check_options", "deadline", "callback_address")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    WORK_PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_IDX_FIELD_NUMBER: _ClassVar[int]
    ASSIGNED_CHECK_IDS_FIELD_NUMBER: _ClassVar[int]
    ARGS_FIELD_NUMBER: _ClassVar[int]
    CHECK_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    CALLBACK_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    work_plan_id: str
    stage_id: str
    attempt_idx: int
    assigned_check_ids: _containers.RepeatedScalarFieldContainer[str]
    args: _struct_pb2.Struct
    check_options: _containers.RepeatedCompositeFieldContainer[CheckOptions]
    deadline: _timestamp_pb2.Timestamp
    callback_address: str
    def __init__(self, execution_id: _Optional[str] = ..., work_plan_id: _Optional[str] = ..., stage_id: _Optional[str] = ..., attempt_idx: _Optional[int] = ..., assigned_check_ids: _Optional[_Iterable[str]] = ..., args: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., check_options: _Optional[_Iterable[_Union[CheckOptions, _Mapping]]] = ..., deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., callback_address: _Optional[str] = ...) -> None: ...

class RunAsyncResponse(_message.Message):
    __slots__ = ("accepted", "estimated_completion", "runner_execution_id")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_COMPLETION_FIELD_NUMBER: _ClassVar[int]
    RUNNER_EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    accepted: bool
    estimated_completion: _timestamp_pb2.Timestamp
    runner_execution_id: str
    def __init__(self, accepted: bool = ..., estimated_completion: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., runner_execution_id: _Optional[str] = ...) -> None: ...

class PingRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PingResponse(_message.Message):
    __slots__ = ("runner_type", "supported_modes", "available_capacity")
    RUNNER_TYPE_FIELD_NUMBER: _ClassVar[int]
    SUPPORTED_MODES_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_CAPACITY_FIELD_NUMBER: _ClassVar[int]
    runner_type: str
    supported_modes: _containers.RepeatedScalarFieldContainer[_common_pb2.ExecutionMode]
    available_capacity: int
    def __init__(self, runner_type: _Optional[str] = ..., supported_modes: _Optional[_Iterable[_Union[_common_pb2.ExecutionMode, str]]] = ..., available_capacity: _Optional[int] = ...) -> None: ...

class CancelRequest(_message.Message):
    __slots__ = ("execution_id", "reason")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    reason: str
    def __init__(self, execution_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CancelResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
