"""What a committed unit of work asks the rest of the server to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from turboci.events import Event
from turboci.executions import Execution
from turboci.states import ExecutionMode


@dataclass(frozen=True, slots=True)
class Deliver:
    """Call the runner of a claimed execution."""

    execution: Execution
    address: str
    deadline_us: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Tell a runner that an attempt has ended without it."""

    execution_id: str
    address: str
    mode: ExecutionMode
    reason: str


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Tell a runner, over its stream, that reports are durable."""

    address: str
    tickets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Publish:
    """Hand the events of a plan to its watchers."""

    plan: int
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Forget:
    """End the streams of a plan that was deleted."""

    plan: int


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Look at what is due at this time."""

    at_us: int


@dataclass(frozen=True, slots=True)
class Continue:
    """Go on in a plan where more follows than one transaction may do."""

    plan: int


Effect: TypeAlias = Deliver | Withdraw | Acknowledge | Publish | Forget | WakeAt | Continue
EffectSink: TypeAlias = Callable[[Sequence[Effect]], None]
