from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from turboci.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Check(_message.Message):
    __slots__ = ("id", "work_plan_id", "state", "kind", "options", "results", "dependencies", "created_at", "updated_at", "version", "outcome", "cause", "external")
    ID_FIELD_NUMBER: _ClassVar[int]
    WORK_PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    DEPENDENCIES_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_FIELD_NUMBER: _ClassVar[int]
    id: str
    work_plan_id: str
    state: _common_pb2.CheckState
    kind: str
    options: _struct_pb2.Struct
    results: _containers.RepeatedCompositeFieldContainer[CheckResult]
    dependencies: _common_pb2.DependencyGroup
    created_at: _timestamp_pb2.Timestamp
    updated_at: _timestamp_pb2.Timestamp
    version: int
    outcome: _common_pb2.Outcome
    cause: str
    external: bool
    def __init__(self, id: _Optional[str] = ..., work_plan_id: _Optional[str] = ..., state: _Optional[_Union[_common_pb2.CheckState, str]] = ..., kind: _Optional[str] = ..., options: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., results: _Optional[_Iterable[_Union[CheckResult, _Mapping]]] = ..., dependencies: _Optional[_Union[_common_pb2.DependencyGroup, _Mapping]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., version: _Optional[int] = ..., outcome: _Optional[_Union[_common_pb2.Outcome, str]] = ..., cause: _Optional[str] = ..., external: bool = ...) -> None: ...

class CheckResult(_message.Message):
    __slots__ = ("id", "owner_type", "owner_id", "data", "created_at", "finalized_at", "failure")
    ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_TYPE_FIELD_NUMBER: _ClassVar[int]
    OWNER_ID_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    FINALIZED_AT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    id: int
    owner_type: str
    owner_id: str
    data: _struct_pb2.Struct
    created_at: _timestamp_pb2.Timestamp
    finalized_at: _timestamp_pb2.Timestamp
    failure: _common_pb2.Failure
    def __init__(self, id: _Optional[int] = ..., owner_type: _Optional[str] = ..., owner_id: _Optional[str] = ..., data: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finalized_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., failure: _Optional[_Union[_common_pb2.Failure, _Mapping]] = ...) -> None: ...

class CheckWrite(_message.Message):
    __slots__ = ("id", "state", "kind", "options", "dependencies", "result", "expected_version", "external")
    ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    DEPENDENCIES_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_FIELD_NUMBER: _ClassVar[int]
    id: str
    state: _common_pb2.CheckState
    kind: str
    options: _struct_pb2.Struct
    dependencies: _common_pb2.DependencyGroup
    result: CheckResultWrite
    expected_version: int
    external: bool
    def __init__(self, id: _Optional[str] = ..., state: _Optional[_Union[_common_pb2.CheckState, str]] = ..., kind: _Optional[str] = ..., options: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., dependencies: _Optional[_Union[_common_pb2.DependencyGroup, _Mapping]] = ..., result: _Optional[_Union[CheckResultWrite, _Mapping]] = ..., expected_version: _Optional[int] = ..., external: bool = ...) -> None: ...

class CheckResultWrite(_message.Message):
    __slots__ = ("owner_type", "owner_id", "data", "finalize", "failure")
    OWNER_TYPE_FIELD_NUMBER: _ClassVar[int]
    OWNER_ID_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    FINALIZE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    owner_type: str
    owner_id: str
    data: _struct_pb2.Struct
    finalize: bool
    failure: _common_pb2.Failure
    def __init__(self, owner_type: _Optional[str] = ..., owner_id: _Optional[str] = ..., data: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., finalize: bool = ..., failure: _Optional[_Union[_common_pb2.Failure, _Mapping]] = ...) -> None: ...
