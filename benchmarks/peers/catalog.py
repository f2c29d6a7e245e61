"""Who is compared: what to install, and what each of them keeps of a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Survives: TypeAlias = Literal["power loss", "a crash", "nothing"]
"""What a record of a step outlives: everything, the end of the process alone, or neither."""


@dataclass(frozen=True)
class Peer:
    """A program that runs the same plans.

    Attributes:
        name: What it is called in the table.
        module: The script below `benchmarks.peers`.
        kept: What is on the disk when a step has ended, and the setting it was given.
        survives: What the record of each step survives, of those that run and of those that have ended.
        requirements: What pip installs; nothing means the Python at hand.
    """

    name: str
    module: str
    kept: str
    survives: Survives
    requirements: tuple[str, ...] = ()


PEERS: Final = (
    Peer("asyncio", "asyncio_floor", "nothing: the floor", "nothing"),
    Peer(
        "DBOS steps", "dbos_steps", "each step, SQLite in WAL mode, synced (steps inside one process)",
        survives="power loss", requirements=("dbos",),
    ),
    Peer(
        "DBOS queue", "dbos_queue", "each step as a workflow, SQLite in WAL mode, synced; polled every 5 ms",
        survives="power loss", requirements=("dbos",),
    ),
    # Prefect 3.8 cannot be imported with the newest FastAPI.
    Peer(
        "Prefect", "prefect_flow", "each step, SQLite, not synced (synchronous = NORMAL); its own server",
        survives="a crash", requirements=("prefect>=3.4", "fastapi<0.150"),
    ),
    Peer(
        "Dagster", "dagster_job", "each event, SQLite in WAL mode, synced; in one process, one step at a time",
        survives="power loss", requirements=("dagster",),
    ),
    Peer(
        "Luigi", "luigi_tasks", "an empty file for each step, not synced; 1 or 10 workers, what is faster",
        survives="a crash", requirements=("luigi",),
    ),
    Peer(
        "huey", "huey_tasks", "the queue, SQLite in WAL mode, synced, but not what is running; polled every 1 to 10 ms",
        survives="nothing", requirements=("huey",),
    ),
    Peer(
        "procrastinate", "procrastinate_tasks", "the queue, PostgreSQL, synced; ten workers, polled every 5 ms",
        survives="power loss", requirements=("procrastinate", "psycopg[binary]"),
    ),
    Peer("taskiq", "taskiq_tasks", "nothing: its broker in memory", "nothing", requirements=("taskiq",)),
)  # fmt: skip
