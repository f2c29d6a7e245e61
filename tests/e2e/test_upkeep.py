"""`turboci gc` and `turboci backup`, beside a server and without one."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from ci.remote import RemoteOrchestrator
from tests.e2e.servers import ServerProcess
from tests.e2e.terminals import turboci
from tests.service.writing import check, claimed, ended
from turboci.nodes import WorkPlan
from turboci.states import PlanStatus


async def finish_plans(address: str, count: int) -> list[str]:
    """Write plans of two checks that are finished at once."""
    async with RemoteOrchestrator(address) as orchestrator:
        plans = [(await orchestrator.create_work_plan()).id for _ in range(count)]
        for plan in plans:
            await orchestrator.write_nodes(plan, checks=[ended("a"), ended("b")])
        return plans


async def plans_of(orchestrator: RemoteOrchestrator) -> list[WorkPlan]:
    """Return all plans, oldest first."""
    found: list[WorkPlan] = []
    page = await orchestrator.list_work_plans()
    while True:
        found += page.plans
        if not page.next_page_token:
            return found[::-1]
        page = await orchestrator.list_work_plans(page_token=page.next_page_token)


async def kept(address: str) -> list[str]:
    async with RemoteOrchestrator(address) as orchestrator:
        return [plan.id for plan in await plans_of(orchestrator)]


async def test_gc_asks_a_server(tmp_path: Path) -> None:
    """It deletes finished plans but for the newest, and says how many; what is open stays."""
    with ServerProcess(tmp_path) as server:
        async with RemoteOrchestrator(server.address) as orchestrator:
            live = (await orchestrator.create_work_plan()).id
            await orchestrator.write_nodes(live, checks=[ended("a"), check("open")], stages=[claimed("s")])
        plans = await finish_plans(server.address, 3)
        there = ["--connect", server.address]
        dry = await asyncio.to_thread(turboci, "gc", *there, "--keep", "1", "--dry-run", cwd=tmp_path)
        assert (dry.code, dry.out) == (0, "would delete 2 plans (4 checks, 0 stages)\n")
        young = await asyncio.to_thread(turboci, "gc", *there, "--older-than", "1h", cwd=tmp_path)
        assert (young.code, young.out) == (0, "deleted 0 plans (0 checks, 0 stages)\n")
        done = await asyncio.to_thread(turboci, "gc", *there, "--keep", "1", cwd=tmp_path)
        assert (done.code, done.out) == (0, "deleted 2 plans (4 checks, 0 stages)\n")
        assert await kept(server.address) == [live, plans[-1]]


async def test_gc_cleans_a_file_that_nobody_serves(tmp_path: Path) -> None:
    """Without starting anything that waits in it; a file that is served is left to its server."""
    with ServerProcess(tmp_path) as server:
        [plan] = await finish_plans(server.address, 1)
        async with RemoteOrchestrator(server.address) as orchestrator:
            waiting = (await orchestrator.create_work_plan()).id
            await orchestrator.write_nodes(waiting, stages=[claimed("s")])
        busy = await asyncio.to_thread(turboci, "gc", "--db", str(server.path), cwd=tmp_path)
        assert busy.code == 2
        assert f"connect to it with --connect {server.address}" in busy.err
        assert server.end() == 0
        done = await asyncio.to_thread(turboci, "gc", "--db", str(server.path), cwd=tmp_path)
        assert (done.code, done.out) == (0, "deleted 1 plan (2 checks, 0 stages)\n")
        server.start()
        assert await kept(server.address) == [waiting]
        assert plan not in await kept(server.address)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["gc", "--db", "absent.db"], 2, "error: absent.db does not exist; name the database with --db"),
        (["gc", "--older-than", "soon"], 2, "'soon' is no length of time; write 90 (seconds), 45m, 12h, 30d or 4w"),
        (["gc", "--keep", "-1"], 2, "-1 is not in the range x>=0"),
        (["gc", "--db", "x.db", "--connect", "localhost:1"], 2, "--db and --connect exclude each other"),
        (["gc", "--connect", "127.0.0.1:1"], 2, "orchestrator 127.0.0.1:1 cannot be reached"),
        (["backup", "copy.db", "--db", "absent.db"], 2, "error: absent.db cannot be copied: there is no such file"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments: list[str], code: int, said: str, tmp_path: Path) -> None:
    """With exit code 2, and without creating anything."""
    done = turboci(*arguments, cwd=tmp_path)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


async def test_a_backup_of_a_busy_server_is_consistent(tmp_path: Path) -> None:
    """Made while plans are written, it has every plan that was acknowledged before, none in part, and can be served."""
    copy = tmp_path / "copies" / "turboci.db"
    copy.parent.mkdir()
    with ServerProcess(tmp_path) as server:
        before = await finish_plans(server.address, 20)
        writing = asyncio.ensure_future(_write_on(server.address))
        try:
            done = await asyncio.to_thread(turboci, "backup", str(copy), "--db", str(server.path), cwd=tmp_path)
            again = await asyncio.to_thread(turboci, "backup", str(copy), "--db", str(server.path), cwd=tmp_path)
        finally:
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writing
    assert done.code == 0, done.err
    assert done.out == f"copied {server.path} to {copy} ({copy.stat().st_size:,} bytes, checked)\n"
    assert (again.code, again.err) == (
        2,
        f"error: {copy} exists; name another file, or replace this one with --force\n",
    )
    with ServerProcess(copy.parent) as restored:
        assert (await kept(restored.address))[:20] == before
        async with RemoteOrchestrator(restored.address) as orchestrator:
            plans = await plans_of(orchestrator)
            assert {plan.status for plan in plans} <= {PlanStatus.SUCCEEDED, PlanStatus.EMPTY}
            for plan in plans:
                nodes = await orchestrator.query_nodes(plan.id)
                assert len(nodes.checks) in ({2} if plan.status is PlanStatus.SUCCEEDED else {0})


async def _write_on(address: str) -> None:
    while True:
        await finish_plans(address, 1)


def test_a_backup_replaces_a_former_one_by_force(tmp_path: Path) -> None:
    """The file is replaced as a whole, never written into."""
    with ServerProcess(tmp_path) as server:
        for _ in range(2):
            done = turboci("backup", "copy.db", "--db", str(server.path), "--force", cwd=tmp_path)
            assert done.code == 0, done.err
    assert not [path.name for path in tmp_path.iterdir() if "partial" in path.name or path.name.startswith("copy.db-")]
