"""From the status of a call back to the error that the orchestrator raised."""

from __future__ import annotations

import re
from typing import Final

import grpc
from grpc import aio

from turboci.addresses import Address
from turboci.errors import CIError, LimitExceeded, OrchestratorUnavailable
from turboci.wire.errors import DETAILS_KEY, error_from

START_ONE: Final = "start one with `turboci serve`"

_ERRNO: Final = re.compile(r" \(\d+\)$")


def failure_of(error: aio.AioRpcError, address: Address) -> CIError:
    """Return the error behind a call that failed."""
    details = _details(error)
    code = error.code()
    if details is None and code is grpc.StatusCode.UNAVAILABLE:
        return unreachable(address, error.details() or "")
    if details is None and code is grpc.StatusCode.UNIMPLEMENTED:
        return error_from(code.name, f"{address} does not offer this call ({error.details()})")
    if details is None and code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        # Of gRPC itself: ours have details.
        said = (error.details() or "no more room").rpartition(": ")[2]
        return LimitExceeded(
            f"a message between this client and {address}",
            f"did not pass ({said[:1].lower()}{said[1:]})",
            hint="send or ask for less at once; the server's limit is max_message_bytes",
            field="message",
        )
    return error_from(code.name, error.details() or "", details)


def unreachable(address: Address, reason: str) -> OrchestratorUnavailable:
    """Return the error for an orchestrator that does not answer; `reason` is gRPC's, for people only."""
    last = _ERRNO.sub("", reason.rpartition(": ")[2]).strip("[] ")
    why = f" ({last[:1].lower()}{last[1:]})" if last else ""
    return OrchestratorUnavailable(f"orchestrator {address}", f"cannot be reached{why}", hint=START_ONE)


def too_slow(address: Address, call: str, timeout: float) -> OrchestratorUnavailable:
    """Return the error for a call whose deadline has passed."""
    return OrchestratorUnavailable(f"orchestrator {address}", f"did not answer {call} within {timeout:g} s")


def _details(error: aio.AioRpcError) -> bytes | None:
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS_KEY:
            return value if isinstance(value, bytes) else value.encode()
    return None
