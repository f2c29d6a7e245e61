"""The published contract, which never changes, against the descriptors that the generated code carries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor, ServiceDescriptor

from turboci.v1 import check_pb2, common_pb2, service_pb2, stage_pb2, stagerunner_pb2, workplan_pb2
from turboci.wire.methods import ORCHESTRATOR, STAGE_RUNNER, Method, OrchestratorMethods, StageRunnerMethods

CONTRACT: dict[str, Any] = json.loads(Path(__file__).with_name("wire.json").read_text(encoding="utf-8"))
FIRST_ADDITION = 100
MODULES = (common_pb2, check_pb2, stage_pb2, stagerunner_pb2, workplan_pb2, service_pb2)
FILES: dict[str, FileDescriptor] = {module.DESCRIPTOR.name: module.DESCRIPTOR for module in MODULES}
MESSAGES: dict[str, Descriptor] = {
    name: message for file in FILES.values() for name, message in file.message_types_by_name.items()
}
SERVICES: dict[str, ServiceDescriptor] = {
    name: service for file in FILES.values() for name, service in file.services_by_name.items()
}
SCALARS = {
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_BYTES: "bytes",
}


def _type_name(field: FieldDescriptor) -> str:
    if field.enum_type is not None:
        return field.enum_type.full_name.removeprefix("turboci.v1.")
    if field.message_type is not None:
        return field.message_type.full_name.removeprefix("turboci.v1.")
    return SCALARS[field.type]


def _described(field: FieldDescriptor) -> dict[str, Any]:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        key, value = (_type_name(field.message_type.fields_by_name[name]) for name in ("key", "value"))
        return {"number": field.number, "type": f"map<{key},{value}>", "label": "map"}
    label = "repeated" if field.is_repeated else "optional"
    described = {"number": field.number, "type": _type_name(field), "label": label}
    if field.containing_oneof is not None:
        described["oneof"] = field.containing_oneof.name
    return described


def _fields() -> Iterator[Any]:
    for message, fields in CONTRACT["messages"].items():
        for name, published in fields.items():
            yield pytest.param(message, name, published, id=f"{message}.{name}")


def _calls() -> Iterator[Any]:
    for service, calls in CONTRACT["services"].items():
        for name, published in calls.items():
            yield pytest.param(service, name, published, id=f"{service}.{name}")


@pytest.mark.parametrize(("message", "name", "published"), list(_fields()))
def test_field_is_as_published(message: str, name: str, published: dict[str, Any]) -> None:
    """Every published field has its number, type, label and oneof."""
    assert _described(MESSAGES[message].fields_by_name[name]) == published


@pytest.mark.parametrize("message", CONTRACT["messages"])
def test_message_has_only_additions_besides(message: str) -> None:
    """A published message has every published field, and other fields only from number 100."""
    fields = dict(MESSAGES[message].fields_by_name)
    published = CONTRACT["messages"][message]
    assert published.keys() <= fields.keys()
    assert [name for name in fields.keys() - published.keys() if fields[name].number < FIRST_ADDITION] == []


@pytest.mark.parametrize("name", CONTRACT["enums"])
def test_enum_is_as_published(name: str) -> None:
    """Every published enum has exactly its values."""
    enums = {name: enum for file in FILES.values() for name, enum in file.enum_types_by_name.items()}
    assert {value.name: value.number for value in enums[name].values} == CONTRACT["enums"][name]


@pytest.mark.parametrize(("service", "name", "published"), list(_calls()))
def test_call_is_as_published(service: str, name: str, published: dict[str, Any]) -> None:
    """Every published call has its request, its response and its way of streaming."""
    call = SERVICES[service].methods_by_name[name]
    assert {
        "request": call.input_type.name,
        "response": call.output_type.name,
        "server_streaming": call.server_streaming,
    } == published
    assert not call.client_streaming


@pytest.mark.parametrize("path", CONTRACT["files"])
def test_file_declares_what_is_published(path: str) -> None:
    """Everything published is declared in the file that it was published in."""
    file = FILES[path]
    declared = {*file.message_types_by_name, *file.enum_types_by_name, *file.services_by_name}
    assert set(CONTRACT["files"][path]) <= declared


def test_package_and_files() -> None:
    """The contract is six files of one package, and generated code exists for these alone."""
    root = Path(__file__).resolve().parents[2]
    on_disk = {path.relative_to(root / "proto").as_posix() for path in (root / "proto").rglob("*.proto")}
    assert on_disk == set(CONTRACT["files"]) == set(FILES)
    assert {file.package for file in FILES.values()} == {CONTRACT["package"]}
    generated = {path.name.removesuffix("_pb2.py") for path in (root / "turboci" / "v1").glob("*_pb2.py")}
    assert generated == {Path(path).stem for path in on_disk}


@pytest.mark.parametrize(("constants", "name"), [(ORCHESTRATOR, "TurboCIOrchestrator"), (STAGE_RUNNER, "StageRunner")])
def test_methods_are_those_of_the_service(
    constants: type[OrchestratorMethods] | type[StageRunnerMethods], name: str
) -> None:
    """The constants that client and server use name every call of the service, with its classes."""
    service = SERVICES[name]
    methods = {method.name: method for method in vars(constants).values() if isinstance(method, Method)}
    assert set(methods) == {call.name for call in service.methods}
    for call in service.methods:
        method = methods[call.name]
        assert method.path == f"/{service.full_name}/{call.name}"
        assert method.service == constants.service == service.full_name
        assert (call.input_type, call.output_type) == (method.request.DESCRIPTOR, method.response.DESCRIPTOR)
        assert method.streaming is call.server_streaming
