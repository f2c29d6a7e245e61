"""The server as a process: how it starts, how it refuses to, and how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from grpc import aio

from tests.edge.conftest import Client
from tests.edge.stage_runner import StageRunner, never
from tests.edge.test_app import create_plan as create_plan_with
from tests.edge.test_app import register, write_two_stages
from turboci.v1 import workplan_pb2
from turboci.wire.methods import ORCHESTRATOR

pytestmark = pytest.mark.e2e

PATIENCE = 30.0


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "orchestrator", *arguments]


def environment(**variables: str) -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith("TURBOCI_")} | variables


@contextmanager
def serving(folder: Path, *arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the server; give the process and the line that says where it listens."""
    process = subprocess.Popen(
        command(*arguments), cwd=folder, env=environment(**variables), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        yield process, next((line.strip() for line in process.stderr if line.startswith("listening on ")), "")
    finally:
        process.kill()
        process.communicate()


def refused(folder: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Run a server that cannot start; return its exit code and what it said."""
    done = subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stderr


def create_plan(address: str) -> str:
    with grpc.insecure_channel(address) as channel:
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(ORCHESTRATOR.create_work_plan.path)
        answer = call(b"", timeout=PATIENCE, wait_for_ready=True)
    return workplan_pb2.CreateWorkPlanResponse.FromString(answer).work_plan.id


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_server_says_where_it_listens_and_ends_when_it_is_told(how: signal.Signals, tmp_path: Path) -> None:
    """One line names address, file and durability; a signal ends an idle server with 0, and the file is whole."""
    with serving(tmp_path, "--port", "0", "--db", "my.db") as (process, line):
        said, _, rest = line.partition(", ")
        assert said.startswith("listening on 127.0.0.1:")
        assert rest == "database my.db, durability full"
        assert create_plan(said.removeprefix("listening on "))
        process.send_signal(how)
        assert process.wait(PATIENCE) == 0
    assert (tmp_path / "my.db").exists()
    assert not (tmp_path / "my.db-wal").exists()


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    """GRPC_PORT and SQLITE_PATH are the names of the reference."""
    with serving(tmp_path, GRPC_PORT="0", SQLITE_PATH=":memory:", TURBOCI_DURABILITY="relaxed") as (_, line):
        assert line.endswith("database in memory, durability relaxed")
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    """No traceback, and no database that nobody needs."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        code, said = refused(tmp_path, "--port", str(port))
    assert code == 1
    assert said.splitlines() == [
        f"error: port {port} on 127.0.0.1 is taken; stop the program that holds it or choose another with --port"
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_database_in_use_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    """The second server names the first one's address."""
    with serving(tmp_path, "--port", "0") as (_, line):
        code, said = refused(tmp_path, "--port", "0")
    assert code == 1
    [only] = said.splitlines()
    assert only.startswith("error: turboci.db ")
    assert line.partition(",")[0].removeprefix("listening on ") in only


def test_a_file_that_is_no_database_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    """What is not ours is not touched."""
    (tmp_path / "notes.txt").write_text("milk, eggs\n" * 1_000)
    code, said = refused(tmp_path, "--port", "0", "--db", "notes.txt")
    assert (code, len(said.splitlines())) == (1, 1)
    assert said.startswith("error: notes.txt ")
    assert (tmp_path / "notes.txt").read_text() == "milk, eggs\n" * 1_000


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (("--port", "x"), {}, "error: --port is 'x'; a whole number from 0 to 65,535 is needed\n"),
        ((), {"GRPC_PORT": "x"}, "error: GRPC_PORT is 'x'; a whole number from 0 to 65,535 is needed\n"),
        (("--callback-address", "x", "--port", "0"), {}, "error: setting callback_address has the address 'x'; "),
    ],
)
def test_a_bad_setting_is_one_line(
    arguments: tuple[str, ...], variables: dict[str, str], said: str, tmp_path: Path
) -> None:
    """The line names the flag or the variable, the value and the rule; nothing was created."""
    code, output = refused(tmp_path, *arguments, **variables)
    assert code in {1, 2}
    assert output.startswith(said)
    assert len(output.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_flag_is_a_usage_error(tmp_path: Path) -> None:
    """Flags cannot be shortened or misspelt in silence."""
    code, said = refused(tmp_path, "--por", "1")
    assert code == 2
    assert "unrecognized arguments: --por 1" in said


def test_help_shows_every_setting(tmp_path: Path) -> None:
    """Each flag stands there with its variable and its default."""
    done = subprocess.run(command("--help"), cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=True)
    for text in ("--port", "GRPC_PORT", "default 50051", "--db", "SQLITE_PATH", "default never"):
        assert text in " ".join(done.stdout.split())


async def test_a_second_signal_leaves_at_once(tmp_path: Path) -> None:
    """Who does not want to wait for running work asks twice; the exit code says that the drain was cut short."""
    runner = StageRunner(never)
    async with runner.serving() as address:
        with serving(tmp_path, "--port", "0", "--drain-timeout", "3600") as (process, line):
            async with aio.insecure_channel(line.partition(",")[0].removeprefix("listening on ")) as channel:
                client = Client(channel)
                await register(client, address)
                await write_two_stages(client, await create_plan_with(client))
                async with asyncio.timeout(PATIENCE):
                    await runner.arrived.wait()
            process.send_signal(signal.SIGTERM)
            assert process.stderr is not None
            assert "draining for at most 3600 s" in await asyncio.to_thread(process.stderr.readline)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, PATIENCE) == 128 + signal.SIGTERM
            async with asyncio.timeout(PATIENCE):
                await runner.cancelled.wait()
