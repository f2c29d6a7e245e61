"""Runners: who they are, and how long we believe that they are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from turboci.states import ExecutionMode


@dataclass(frozen=True, kw_only=True, slots=True)
class RunnerRegistration:
    """What a runner says when it registers or renews.

    Attributes:
        address: host:port of its StageRunner service; without a host, the host that the call came from.
        supported_modes: Empty means SYNC only, or unchanged when renewing.
        max_concurrent: Attempts at the same time; 0 is no limit.
        ttl: Seconds that the registration lives without renewal; 0 means 300.
        process_uid: Names the process; another one under the same runner opens a new registration.

    Example:
        >>> ci.RunnerRegistration(runner_id="r-1", runner_type="builder", address="localhost:50052").ttl
        0
    """

    runner_id: str
    runner_type: str
    address: str
    supported_modes: tuple[ExecutionMode, ...] = ()
    max_concurrent: int = 0
    ttl: int = 0
    metadata: Mapping[str, str] = field(default_factory=dict)
    process_uid: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """A registration that was granted, and until when it lives.

    Example:
        lease = await orch.register_runner(registration)
        print(lease.registration_id, lease.expires_at)
    """

    registration_id: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class RunnerInfo:
    """A live registration; `current_load` counts live attempts.

    Example:
        for runner in await orch.list_runners("builder"):
            print(runner.runner_id, runner.address, f"{runner.current_load} of {runner.max_concurrent or 'any'}")
    """

    runner_id: str
    registration_id: str
    runner_type: str
    address: str
    supported_modes: tuple[ExecutionMode, ...] = ()
    max_concurrent: int = 0
    current_load: int = 0
    registered_at: datetime | None = None
    last_heartbeat: datetime | None = None
    expires_at: datetime | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
