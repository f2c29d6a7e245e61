"""Errors as gRPC statuses with details, and back into the same classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import DecodeError
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from turboci.errors import (
    AlreadyExists,
    CIError,
    ConcurrentModification,
    InternalError,
    InvalidArgument,
    InvalidState,
    LimitExceeded,
    NotFound,
    OrchestratorUnavailable,
    PositionExpired,
    ServiceError,
    service_errors,
)

DETAILS_KEY: Final = "grpc-status-details-bin"
"""Key of the trailing metadata that carries the details."""
DOMAIN: Final = "turboci"
"""Whose reasons these are."""

_MAX_TRAILER: Final = 5_632
"""Bytes for message and details together; many peers accept 8 KiB of metadata in all."""
_LIMITS: Final = (4_096, 2_048, 1_024, 512, 256, 128, 64)
"""Lengths of one text in bytes, tried in this order."""

_BY_STATUS: Final[Mapping[str, type[ServiceError]]] = {
    "ABORTED": ConcurrentModification,
    "ALREADY_EXISTS": AlreadyExists,
    "CANCELLED": OrchestratorUnavailable,
    "DEADLINE_EXCEEDED": OrchestratorUnavailable,
    "FAILED_PRECONDITION": InvalidState,
    "INVALID_ARGUMENT": InvalidArgument,
    "NOT_FOUND": NotFound,
    "OUT_OF_RANGE": PositionExpired,
    "RESOURCE_EXHAUSTED": LimitExceeded,
    "UNAVAILABLE": OrchestratorUnavailable,
}


def status_of(error: ServiceError) -> tuple[str, str, bytes]:
    """Return name of the gRPC status, message, and the details for `DETAILS_KEY`.

    Texts that would make the metadata too large for HTTP/2 peers lose their middle.
    """
    message, details = "", b""
    for limit in _LIMITS:
        message = _shortened(str(error), limit)
        details = _details(error, message, limit)
        if _size(message, details) <= _MAX_TRAILER:
            break
    return error.status, message, details


def _details(error: ServiceError, message: str, limit: int) -> bytes:
    info = ErrorInfo(
        reason=error.reason,
        domain=DOMAIN,
        metadata={name: _shortened(text, limit) for name, text in error.attributes().items() if text},
    )
    packed = AnyMessage()
    packed.Pack(info)
    return Status(code=Code.Value(error.status), message=message, details=[packed]).SerializeToString()


def _size(message: str, details: bytes) -> int:
    """Return the bytes on the wire: messages are percent-encoded, details are base64."""
    return len(quote(message, safe=" ")) + (len(details) + 2) // 3 * 4


def _shortened(text: str, limit: int) -> str:
    """Return `text` as valid UTF-8 in at most `limit` bytes; whole lines go first, from the middle."""
    data = text.encode("utf-8", "backslashreplace")
    if len(data) <= limit:
        return data.decode()
    half = (limit - 5) // 2
    head, tail = data[:half], data[-half:]
    if b"\n" in head and b"\n" in tail:
        head, tail = head[: head.rindex(b"\n")], tail[tail.index(b"\n") + 1 :]
        return f"{head.decode()}\n...\n{tail.decode()}"
    return f"{head.decode(errors='ignore')} ... {tail.decode(errors='ignore')}"


def error_from(status: str, message: str, details: bytes | None = None) -> CIError:
    """Return the error that a call ended with.

    Args:
        status: Name of the gRPC status, such as ``NOT_FOUND``.
        message: Its message.
        details: The value of `DETAILS_KEY`, if there is one.

    Returns:
        The class that the server raised if the details name it, else the nearest one for the status.
    """
    info = _error_info(details) if details else None
    if info is not None:
        known = service_errors().get(info.reason)
        if known is not None:
            return known.from_attributes(dict(info.metadata))
    nearest = _BY_STATUS.get(status, InternalError)
    if nearest is OrchestratorUnavailable:
        problem = "cannot be reached" if status == "UNAVAILABLE" else f"did not answer ({status})"
        return nearest("orchestrator", f"{problem}: {message}" if message else problem)
    return nearest("orchestrator", f"answered {status}: {message}" if message else f"answered {status}")


def _error_info(details: bytes) -> ErrorInfo | None:
    """Return our part of the details; others' and broken ones are None."""
    try:
        for part in Status.FromString(details).details:
            info = ErrorInfo()
            if part.Unpack(info) and info.domain == DOMAIN:
                return info
    except DecodeError:
        return None
    return None
