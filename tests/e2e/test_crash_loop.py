"""Server and runners killed at random moments; the loop itself is `tests.stress.crash_loop`."""

from __future__ import annotations

import os
from pathlib import Path

import grpc
import pytest

from tests.e2e.contract import Client
from tests.e2e.servers import ServerProcess
from tests.stress.crash_loop import CrashLoop
from tests.stress.journal import Journal, facts
from tests.stress.verdict import judge

CYCLES = int(os.environ.get("TURBOCI_CRASH_CYCLES", "3"))
SEED = int(os.environ.get("TURBOCI_CRASH_SEED", "1"))


@pytest.mark.timeout(60 + 30 * CYCLES)
async def test_nothing_is_lost_done_twice_or_stuck(tmp_path: Path) -> None:
    """Under `kill -9` of everything: 0 acknowledged writes lost, 0 stages completed twice, 0 stuck."""
    loop = CrashLoop(tmp_path, seed=SEED, stages=200)
    verdict = await loop.run(CYCLES)
    assert verdict.findings == []
    assert verdict.stages == 200 * CYCLES
    assert verdict.acknowledged > verdict.stages
    assert loop.kills >= 2 * CYCLES
    for way in loop.journals:
        assert sum("sent" in fact for fact in facts(way)) > verdict.stages / 20, f"{way.name} took hardly any work"


async def test_the_verdict_sees_what_is_wrong(tmp_path: Path) -> None:
    """A write, an event and a completion that the server does not know are lost; what was sent again is found."""
    client_journal = tmp_path / "client.journal"
    with ServerProcess(tmp_path) as server:
        async with grpc.aio.insecure_channel(server.address) as channel:
            client = Client(channel)
            plan = await client.create_plan()
            with Journal(client_journal) as known:
                known.note(plan=plan, stages=1)
                known.note(plan=plan, written=["never"])
                known.note(plan=plan, told="never", sequence=7)
            workers = [
                {"sent": "e1", "plan": plan, "stage": "s"},
                {"sent": "e1", "plan": plan, "stage": "s"},
                {"sent": "e2", "plan": plan, "stage": "s"},
                {"acknowledged": "e1"},
                {"acknowledged": "e2"},
            ]
            verdict = await judge(client, facts(client_journal), workers)
    assert len(verdict.lost) == 4, verdict.lost
    assert len(verdict.twice) == 2, verdict.twice
    assert len(verdict.stuck) == 1, verdict.stuck


def test_a_line_that_was_cut_off_is_no_fact(tmp_path: Path) -> None:
    """A journal whose writer was killed in the middle of a line keeps every other line."""
    path = tmp_path / "worker.journal"
    with Journal(path) as journal:
        journal.note(sent="e1")
    with path.open("ab") as file:
        file.write(b'{"sent": "e')
    with Journal(path) as journal:
        journal.note(sent="e3")
    assert facts(path) == [{"sent": "e1"}, {"sent": "e3"}]
