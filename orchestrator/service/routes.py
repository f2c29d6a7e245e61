"""Ways to runners that nobody dials: what their addresses begin with."""

from __future__ import annotations

from typing import Final

STREAM: Final = "stream/"
"""A runner that has opened a stream to us. No host:port begins like this."""
IN_PROCESS: Final = "in-process/"
"""A runner that lives in the process of the orchestrator; it ends with it."""


def is_routed(address: str) -> bool:
    """Return whether executions for this address leave through an outbox, and not by a call of ours."""
    return address.startswith((STREAM, IN_PROCESS))
