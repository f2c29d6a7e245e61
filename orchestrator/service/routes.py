"""Ways to runners that nobody dials: what their addresses begin with."""

from __future__ import annotations

from typing import Final

IN_PROCESS: Final = "in-process:"
"""A runner that lives in the process of the orchestrator; it ends with it."""
STREAM: Final = "stream/"
"""A runner that has opened a stream to us. No host:port begins like this."""


def stream_route(process_uid: str) -> str:
    """Return the address of a runner that opens streams; the same for every stream of its process."""
    return f"{STREAM}{process_uid}"


def is_stream(address: str) -> bool:
    """Return whether executions for this address go over a stream."""
    return address.startswith(STREAM)
