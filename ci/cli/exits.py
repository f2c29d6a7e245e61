"""Exit codes of `turboci`; scripts may rely on them."""

from __future__ import annotations

import enum


class Exit(enum.IntEnum):
    """What the exit code of a command says."""

    OK = 0
    """Everything that was asked for was done, and nothing failed."""
    FAILED = 1
    """A node failed or was cancelled, the plan could not go on or ran out of time, or the doctor found a problem."""
    USAGE = 2
    """Nothing was done: a wrong option or file, an invalid DAG, no such plan, an orchestrator that is not there."""
    INTERRUPTED = 130
    """Ctrl-C or SIGTERM."""
