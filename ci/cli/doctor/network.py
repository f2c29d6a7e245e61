"""The port, who listens there, and whether its clock is ours."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from ci.cli.doctor.findings import Finding, Health
from ci.cli.view.wording import counted
from ci.remote.connection import connect
from turboci.errors import CIError

_MOST_SKEW: Final = 2.0
_TIMEOUT: Final = 3.0
_LARGEST_PORT: Final = 65_535


def port(address: str) -> Iterator[Finding]:
    """Say whether an orchestrator could listen at an address, or which one does."""
    host, _, number = address.rpartition(":")
    if not number.isdecimal() or int(number) > _LARGEST_PORT:
        yield Finding("port", Health.BAD, f"{address} is no address; write host:port, such as 127.0.0.1:50051")
        return
    try:
        with socket.create_server((host.strip("[]") or "127.0.0.1", int(number))):
            yield Finding("port", Health.OK, f"{address} is free: turboci serve can listen there")
            return
    except OSError as error:
        reason = error.strerror or str(error)
    try:
        yield from asyncio.run(_served(address))
    except CIError:
        text = f"{address} cannot be used ({reason}), and no orchestrator answers there; choose another with --port"
        yield Finding("port", Health.BAD, text)


async def _served(address: str) -> list[Finding]:
    async with connect(address, timeout=_TIMEOUT, retry_for=0.0) as orchestrator:
        page = await orchestrator.list_work_plans(page_size=1)
        runners = await orchestrator.list_runners()
    found = [
        Finding("port", Health.OK, f"an orchestrator answers at {address}, with {counted(len(runners), 'runner')}")
    ]
    told = [plan.updated_at for plan in page.plans] + [runner.last_heartbeat for runner in runners]
    latest = max((at for at in told if at is not None), default=None)
    ahead = (latest - datetime.now(UTC)).total_seconds() if latest is not None else 0.0
    if ahead > _MOST_SKEW:
        text = f"that of the orchestrator is {ahead:.1f} s ahead of ours; let both follow the same time server"
        found.append(Finding("server's clock", Health.ODD, text))
    return found
