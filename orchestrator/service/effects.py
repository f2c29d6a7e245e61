"""What a committed unit of work asks the rest of the server to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from turboci.events import Event
from turboci.executions import Execution
from turboci.states import ExecutionMode


class Deliver(NamedTuple):
    """Call the runner of a claimed execution."""

    execution: Execution
    address: str
    deadline_us: int


class Withdraw(NamedTuple):
    """Tell a runner that an attempt has ended without it.

    Attributes:
        plan: Key of its plan; 0 if the plan is not known any more.
        stage: Key of its stage.
        idx: Counts from 1.
    """

    execution_id: str
    address: str
    mode: ExecutionMode
    reason: str
    plan: int = 0
    stage: int = 0
    idx: int = 0
    runner_id: str = ""


class Acknowledge(NamedTuple):
    """Tell a runner, over its stream, that reports are durable."""

    address: str
    tickets: tuple[int, ...]


class Publish(NamedTuple):
    """Hand the events of a plan to its watchers."""

    plan: int
    events: tuple[Event, ...]


class Forget(NamedTuple):
    """End the streams of a plan that was deleted."""

    plan: int


class WakeAt(NamedTuple):
    """Look at what is due at this time."""

    at_us: int


class Continue(NamedTuple):
    """Go on in a plan where more follows than one transaction may do."""

    plan: int


Effect: TypeAlias = Deliver | Withdraw | Acknowledge | Publish | Forget | WakeAt | Continue
EffectSink: TypeAlias = Callable[[Sequence[Effect]], None]
