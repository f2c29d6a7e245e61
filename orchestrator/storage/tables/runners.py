"""The table `stage_runners`: registrations."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final

from orchestrator.storage.interface import Connection, Session
from orchestrator.storage.statements import statements
from turboci.states import ExecutionMode

SQL: Final = statements("runners")


@dataclass(slots=True)
class RunnerRow:
    """A row of `stage_runners`."""

    registration_id: str
    runner_id: str
    runner_type: str
    address: str
    modes: tuple[ExecutionMode, ...]
    max_concurrent: int
    metadata: dict[str, str] = field(default_factory=dict)
    process_uid: str = ""
    draining: bool = False
    registered_us: int = 0
    heartbeat_us: int = 0
    expires_us: int = 0


def put(session: Session, row: RunnerRow) -> None:
    """Add a registration, or renew it."""
    parameters = (
        row.registration_id,
        row.runner_id,
        row.runner_type,
        row.address,
        json.dumps(row.modes),
        row.max_concurrent,
        json.dumps(row.metadata, ensure_ascii=False),
        row.process_uid,
        row.draining,
        row.registered_us,
        row.heartbeat_us,
        row.expires_us,
    )
    session.change(SQL["put"], parameters)


def all_of(connection: Connection) -> list[RunnerRow]:
    """Return every registration, oldest first."""
    found = []
    for registration_id, runner_id, runner_type, address, modes, most, metadata, *rest in connection.execute(
        SQL["all"]
    ):
        uid, draining, registered, heartbeat, expires = rest
        supported = tuple(ExecutionMode(mode) for mode in json.loads(modes))
        found.append(
            RunnerRow(
                registration_id,
                runner_id,
                runner_type,
                address,
                supported,
                most,
                json.loads(metadata),
                uid,
                bool(draining),
                registered,
                heartbeat,
                expires,
            )
        )
    return found


def delete(session: Session, registration_id: str) -> None:
    """Remove a registration."""
    session.change(SQL["delete"], (registration_id,))
