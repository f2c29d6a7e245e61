"""Errors through gRPC's status and back."""

from __future__ import annotations

import inspect
import pickle
import re
from urllib.parse import quote

import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from hypothesis import example, given
from hypothesis import strategies as st

from turboci import errors
from turboci.errors import CIError, CyclicDependency, InternalError, NotFound, ServiceError, StageFailed, service_errors
from turboci.wire.errors import DETAILS_KEY, DOMAIN, error_from, status_of

CLASSES = [cls for name, cls in inspect.getmembers(errors, inspect.isclass) if cls in service_errors().values()]
MAX_METADATA = 6 * 1024
parts = st.fixed_dictionaries(
    {name: st.text(max_size=40) for name in ("subject", "problem", "hint", "field")},
)
anything = st.text(st.characters(exclude_categories=()), max_size=30)


def _make(cls: type[ServiceError], attributes: dict[str, str], path: list[str]) -> ServiceError:
    if issubclass(cls, CyclicDependency):
        attributes = attributes | {"path": "\n".join(path)}
    return cls.from_attributes(attributes)


@pytest.mark.parametrize("cls", CLASSES)
@given(attributes=parts, path=st.lists(st.text("abc:/", min_size=1), max_size=4))
def test_error_comes_back(cls: type[ServiceError], attributes: dict[str, str], path: list[str]) -> None:
    """Every error class comes back through status and details as the same class with the same parts, and pickles."""
    error = _make(cls, attributes, path)
    status, message, details = status_of(error)
    assert status == cls.status
    assert message == str(error)
    for received in (error_from(status, message, details), pickle.loads(pickle.dumps(error))):
        assert type(received) is cls
        assert received == error
        assert hash(received) == hash(error)
        assert str(received) == str(error)


@pytest.mark.parametrize("cls", CLASSES)
def test_details_are_those_that_grpc_tools_know(cls: type[ServiceError]) -> None:
    """The details are a google.rpc.Status with code, message and one ErrorInfo that any client can read."""
    status, message, details = status_of(cls("check 'build'", "is wrong", field="checks[0].id"))
    read = Status.FromString(details)
    assert (read.code, read.message) == (Code.Value(status), message)
    info = ErrorInfo()
    assert [part.Unpack(info) for part in read.details] == [True]
    assert (info.domain, info.reason) == (DOMAIN, cls.reason)
    assert info.metadata["field"] == "checks[0].id"


def test_every_class_has_its_reason() -> None:
    """No two service errors share a reason, so that the client can raise the same class."""
    tree = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, ServiceError)]
    reasons = [cls.reason for cls in tree if cls is not ServiceError]
    assert len(reasons) == len(set(reasons)) == len(CLASSES)


def test_tree_in_the_documentation_is_the_tree() -> None:
    """The tree above the classes names every class, and the status of those that have their own."""
    drawn = dict(re.findall(r"^[│ ]*[├└]── (\w+)(.*)$", inspect.getdoc(errors) or "", re.MULTILINE))
    for name, cls in inspect.getmembers(errors, inspect.isclass):
        if issubclass(cls, CIError) and cls not in (CIError, ServiceError):
            assert name in drawn
            if cls.__base__ is ServiceError and issubclass(cls, ServiceError):
                assert cls.status in drawn[name]


@given(st.sampled_from(CLASSES), st.lists(anything, min_size=5, max_size=5), st.integers(1, 3_000))
@example(CLASSES[0], ["𝄞" * 9] * 5, 100_000)
@example(CLASSES[0], ["\ud800\x00\n%"] * 5, 100_000)
@example(CyclicDependency, ["check:" + "ж" * 100 + "\n"] * 5, 1_000)
def test_metadata_stay_small(cls: type[ServiceError], texts: list[str], times: int) -> None:
    """However long and odd the texts, what is sent is below 6 KiB, valid, and keeps the class of the error."""
    subject, problem, hint, field, path = (text * times for text in texts)
    error = _make(cls, {"subject": subject, "problem": problem, "hint": hint, "field": field}, [path])
    status, message, details = status_of(error)
    message.encode()
    encoded = len(quote(message, safe="")) + len(DETAILS_KEY) + (len(details) + 2) // 3 * 4
    assert encoded < MAX_METADATA
    received = error_from(status, message, details)
    assert type(received) is cls


def test_long_cycle_keeps_its_ends() -> None:
    """A cycle that is too long for the metadata loses nodes from its middle, none of the others is cut."""
    path = [f"stage:node-{number}" for number in range(1_000)]
    received = error_from(*status_of(CyclicDependency("dependencies", "form a cycle", path=path)))
    assert isinstance(received, CyclicDependency)
    assert 10 < len(received.path) < 1_000
    assert (received.path[0], received.path[-1]) == (path[0], path[-1])
    assert set(received.path) - set(path) == {"..."}


@pytest.mark.parametrize("status", Code.keys())
def test_status_without_details_has_its_nearest_class(status: str) -> None:
    """An error of a foreign server becomes the nearest class and keeps its status and message."""
    error = error_from(status, "plan 7 is gone", None)
    assert isinstance(error, ServiceError)
    assert "plan 7 is gone" in str(error)
    assert type(error) is InternalError or error.status == status or status in {"CANCELLED", "DEADLINE_EXCEEDED"}
    assert status in str(error) or status == "UNAVAILABLE"


@pytest.mark.parametrize(
    ("status", "cls"),
    [
        ("NOT_FOUND", errors.NotFound),
        ("INVALID_ARGUMENT", errors.InvalidArgument),
        ("FAILED_PRECONDITION", errors.InvalidState),
        ("ALREADY_EXISTS", errors.AlreadyExists),
        ("ABORTED", errors.ConcurrentModification),
        ("OUT_OF_RANGE", errors.PositionExpired),
        ("RESOURCE_EXHAUSTED", errors.LimitExceeded),
        ("UNAVAILABLE", errors.OrchestratorUnavailable),
        ("DEADLINE_EXCEEDED", errors.OrchestratorUnavailable),
        ("UNIMPLEMENTED", errors.InternalError),
        ("INTERNAL", errors.InternalError),
        ("UNKNOWN", errors.InternalError),
        ("A_NEW_ONE", errors.InternalError),
    ],
)
def test_nearest_class(status: str, cls: type[ServiceError]) -> None:
    """Each status that the design names has its class."""
    assert type(error_from(status, "")) is cls


@given(st.binary(max_size=200))
@example(Status(details=[AnyMessage(type_url="x", value=b"\xff")]).SerializeToString())
@example(
    Status(details=[AnyMessage(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=b"\xff")]).SerializeToString()
)
def test_foreign_details_are_ignored(details: bytes) -> None:
    """Details that nobody can read never hide the error that they came with."""
    error = error_from("NOT_FOUND", "plan 7 is gone", details)
    assert type(error) is NotFound
    assert "plan 7 is gone" in str(error)


@pytest.mark.parametrize(
    "info", [ErrorInfo(domain="other", reason="NOT_FOUND"), ErrorInfo(domain=DOMAIN, reason="NEW")]
)
def test_reason_of_others_is_not_ours(info: ErrorInfo) -> None:
    """A reason of another domain, or one of a newer server, falls back to the status."""
    ours, packed = AnyMessage(), AnyMessage()
    ours.Pack(BadRequest())
    packed.Pack(info)
    details = Status(details=[ours, packed]).SerializeToString()
    assert type(error_from("ABORTED", "try again", details)) is errors.ConcurrentModification


def test_red_answer_pickles() -> None:
    """The error that answers red keeps message and data when it pickles."""
    error = pickle.loads(pickle.dumps(StageFailed("2 of 90 failed", data={"failed": ["a", "b"]})))
    assert (type(error), error.message, error.data) == (StageFailed, "2 of 90 failed", {"failed": ["a", "b"]})
