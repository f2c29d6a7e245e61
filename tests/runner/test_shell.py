"""The shell runner on real processes."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from ci.runner import ShellRunner
from ci.runner.output import KEEP_BYTES
from tests.runner.fakes import RecordedPort, an_execution
from turboci.errors import AttemptStopped
from turboci.executions import Answer
from turboci.payloads import JSON

PATIENCE = 20.0


@pytest.fixture
async def runner() -> AsyncIterator[ShellRunner]:
    runner = ShellRunner(max_concurrent=8, kill_grace=0.2)
    yield runner
    await runner.drain(0)


@pytest.fixture
def port() -> RecordedPort:
    return RecordedPort()


def data_of(answer: Answer) -> dict[str, object]:
    (update,) = answer.check_updates
    return cast(dict[str, object], dict(update.data))


async def test_a_command_answers_with_code_duration_and_output(runner: ShellRunner, port: RecordedPort) -> None:
    """A string goes to /bin/sh; stdout and stderr are merged in order."""
    answer = await runner.run(an_execution(command="echo out; echo err >&2; echo last"), port)
    data = data_of(answer)
    assert answer.failure is None
    assert cast(float, data.pop("duration_seconds")) < PATIENCE
    assert data == {"command": "echo out; echo err >&2; echo last", "exit_code": 0, "output": "out\nerr\nlast\n"}


async def test_a_list_is_started_without_a_shell(runner: ShellRunner, port: RecordedPort) -> None:
    """Words of a list reach the program as they are, and are shown quoted."""
    answer = await runner.run(an_execution(command=["printf", "%s|", "a b", "$HOME"]), port)
    data = data_of(answer)
    assert (data["command"], data["output"]) == ("printf '%s|' 'a b' '$HOME'", "a b|$HOME|")


async def test_directory_environment_and_input(
    runner: ShellRunner, port: RecordedPort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`cwd` is where it runs, `env` is merged over ours, and stdin is empty."""
    monkeypatch.setenv("KEPT", "ours")
    monkeypatch.setenv("REPLACED", "ours")
    execution = an_execution(
        command='pwd; echo "$KEPT $REPLACED $ADDED"; wc -c', cwd=str(tmp_path), env={"REPLACED": "é", "ADDED": "new"}
    )
    output = str(data_of(await runner.run(execution, port))["output"]).splitlines()
    assert [line.strip() for line in output] == [str(tmp_path), "ours é new", "0"]


@pytest.mark.parametrize(
    ("command", "code", "failure"),
    [
        ("exit 3", 3, "command exited with 3"),
        ("nosuchcommand", 127, "command exited with 127 (a command was not found)"),
        ("kill -KILL $$", -9, "command was killed by SIGKILL"),
        (["sh", "-c", "kill -TERM $$"], -15, "command was killed by SIGTERM"),
    ],
)
async def test_a_command_that_fails_is_red_with_its_result(
    runner: ShellRunner, port: RecordedPort, command: object, code: int, failure: str
) -> None:
    """Exit codes and signals make the answer red; the result is the same as of a green one."""
    answer = await runner.run(an_execution(command=command), port)
    assert answer.failure == failure
    assert data_of(answer)["exit_code"] == code
    assert set(data_of(answer)) == {"command", "exit_code", "duration_seconds", "output"}


@pytest.mark.parametrize(
    ("args", "failure"),
    [
        ({}, "args.command is None; a shell stage needs a string or a list of strings"),
        ({"command": " "}, "args.command is ' '; a shell stage needs a string or a list of strings"),
        ({"command": ["ls", 1]}, "args.command is ['ls', 1]; a shell stage needs a string or a list of strings"),
        ({"command": []}, "args.command is []; a shell stage needs a string or a list of strings"),
        ({"command": "ls", "cmd": 1}, "args.cmd is nothing that a shell stage takes; it takes command, cwd, env"),
        ({"command": "ls", "cwd": "/no/such"}, "working directory '/no/such' does not exist"),
        ({"command": "ls", "cwd": "/bin/sh"}, "working directory '/bin/sh' is no directory"),
        ({"command": "ls", "cwd": 3}, "args.cwd is 3; it is the path of a directory"),
        ({"command": "ls", "env": []}, "args.env is []; it is a mapping of names to strings"),
        ({"command": "ls", "env": {"N": 1}}, "args.env.N is 1 (int); environment values are strings"),
        ({"command": ["nosuchcommand"]}, "command 'nosuchcommand' was not found on PATH"),
        ({"command": ["/no/such"]}, "command '/no/such' was not found"),
        ({"command": ["/"]}, "command '/' cannot be executed (permission denied)"),
        ({"command": "a\0b"}, "command '/bin/sh' cannot be started (embedded null byte)"),
        ({"command": ["ls"], "env": {"A=B": ""}}, "command 'ls' cannot be started (illegal environment variable name)"),
        ({"command": ["ls", "x" * 3_000_000]}, "command 'ls' cannot be started (argument list too long)"),
    ],
)
async def test_a_command_that_cannot_run_says_why(
    runner: ShellRunner, port: RecordedPort, args: dict[str, JSON], failure: str
) -> None:
    """Wrong arguments and commands that cannot be started are red with one clear sentence."""
    answer = await runner.run(replace(an_execution(), args=args), port)
    assert answer.failure == failure
    assert answer.details == {}


async def test_output_that_is_no_text_is_replaced(runner: ShellRunner, port: RecordedPort) -> None:
    """Bytes that are no UTF-8 become replacement characters, in result and progress."""
    answer = await runner.run(an_execution(command=r"printf 'a\377b\n\303\251\n'"), port)
    assert data_of(answer)["output"] == "a\ufffdb\né\n"
    assert [entry.message for entry in port.progress] == ["a\ufffdb\né"]


async def test_huge_output_is_bounded(runner: ShellRunner, port: RecordedPort) -> None:
    """Of megabytes the end is kept in whole lines, and a few calls carry what people see meanwhile."""
    answer = await runner.run(an_execution(command="seq 1 400000; echo the end"), port)
    output = str(data_of(answer)["output"])
    first, second, *_, last = output.splitlines()
    assert first.endswith("bytes before this are left out]")
    assert int(second) > 300_000
    assert last == "the end"
    assert len(output) < KEEP_BYTES + 100
    assert len(port.calls) <= 2 + 4 * cast(float, data_of(answer)["duration_seconds"])


async def test_output_is_shown_while_it_comes(port: RecordedPort, tmp_path: Path) -> None:
    """Lines reach `on_output` and the port before the command has ended."""
    go_on, lines = tmp_path / "go-on", list[tuple[str, str]]()
    os.mkfifo(go_on)
    runner = ShellRunner(on_output=lambda stage_id, line: lines.append((stage_id, line)))
    work = asyncio.create_task(runner.run(an_execution(command=f"echo one; cat {go_on}; printf two"), port))
    await port.until("update None one")
    assert lines == [("build", "one")]
    await asyncio.to_thread(go_on.write_text, "")
    await work
    assert lines == [("build", "one"), ("build", "two")]
    assert port.calls[-1] == "update None two"


async def test_a_broken_display_does_not_fail_the_stage(port: RecordedPort, caplog: pytest.LogCaptureFixture) -> None:
    """An exception of `on_output` is logged once; the command goes on."""

    def show(stage_id: str, line: str) -> None:
        raise OSError("terminal is gone")

    runner = ShellRunner(on_output=show)
    answer = await runner.run(an_execution(command="echo a; echo b"), port)
    assert (answer.failure, data_of(answer)["output"]) == (None, "a\nb\n")
    assert len(caplog.records) == 1


class Family:
    """A command with a child and a grandchild that hold a pipe open for as long as any of them lives."""

    def __init__(self, folder: Path) -> None:
        self._fifo = folder / "alive"
        os.mkfifo(self._fifo)
        self._end: int | None = None

    def command(self, *, stubborn: bool = False) -> str:
        trap = "trap '' TERM; " if stubborn else ""
        return f"{trap}exec 9>{self._fifo}; (sleep 600 & sleep 600) & echo born; sleep 600"

    async def born(self) -> None:
        """Open the other end of the pipe; the command has opened it then, too."""
        self._end = await asyncio.to_thread(os.open, self._fifo, os.O_RDONLY)

    def is_gone(self, within: float = PATIENCE) -> bool:
        """Return whether nobody holds the pipe any more."""
        assert self._end is not None
        readable, _, _ = select.select([self._end], [], [], within)
        return bool(readable) and os.read(self._end, 1) == b""

    def close(self) -> None:
        if self._end is not None:
            os.close(self._end)


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Family]:
    family = Family(tmp_path)
    yield family
    family.close()


@pytest.mark.parametrize("stubborn", [False, True])
async def test_cancelling_kills_the_whole_group(
    runner: ShellRunner, port: RecordedPort, family: Family, stubborn: bool
) -> None:
    """Children and grandchildren die with the command, also when they ignore SIGTERM."""
    work = asyncio.create_task(runner.run(an_execution(command=family.command(stubborn=stubborn)), port))
    await family.born()
    assert not family.is_gone(within=0)
    work.cancel()
    await asyncio.wait({work})
    assert work.cancelled()
    assert await asyncio.to_thread(family.is_gone)
    await runner.drain(0)
    assert runner.current_load == 0


async def test_the_deadline_kills_the_whole_group(runner: ShellRunner, port: RecordedPort, family: Family) -> None:
    """At the deadline the group is killed and nothing is answered."""
    work = asyncio.create_task(runner.run(an_execution(command=family.command(), seconds=0.3), port))
    await family.born()
    with pytest.raises(AttemptStopped, match="its deadline has passed"):
        await work
    assert await asyncio.to_thread(family.is_gone)


async def test_killing_is_immediate(runner: ShellRunner, port: RecordedPort, family: Family) -> None:
    """`kill` takes all running groups down with SIGKILL; their answers say so."""
    work = asyncio.create_task(runner.run(an_execution(command=family.command(stubborn=True)), port))
    await family.born()
    runner.kill()
    assert (await work).failure == "command was killed by SIGKILL"
    assert await asyncio.to_thread(family.is_gone)


async def test_a_second_cancellation_cuts_the_grace_short(port: RecordedPort, family: Family) -> None:
    """Whoever is torn down while it waits for a stubborn command kills it at once."""
    runner = ShellRunner(kill_grace=3600)
    execution = an_execution(command=family.command(stubborn=True))
    await runner.run_async(execution, port)
    await family.born()
    cancelling = asyncio.create_task(runner.cancel(execution.execution_id, ""))
    (task,) = [task for task in asyncio.all_tasks() if task.get_name() == "attempt 1 of stage 'build'"]
    await asyncio.sleep(0)  # it is asked to stop
    await asyncio.sleep(0)  # it waits for its command
    task.cancel()
    await cancelling
    assert await asyncio.to_thread(family.is_gone)
    await runner.drain(0)


async def test_a_background_child_does_not_hold_the_stage_up(
    runner: ShellRunner, port: RecordedPort, family: Family
) -> None:
    """When the command itself has ended its leftovers are killed, though they hold the pipe of the output."""
    command = family.command().removesuffix("; sleep 600")
    started = time.monotonic()
    work = asyncio.create_task(runner.run(an_execution(command=command), port))
    await family.born()
    answer = await work
    assert (answer.failure, data_of(answer)["output"]) == (None, "born\n")
    assert time.monotonic() - started < PATIENCE
    assert await asyncio.to_thread(family.is_gone)


RUNNER_PROCESS = """
import asyncio, signal, sys
from ci.runner import ShellRunner
from tests.runner.fakes import RecordedPort, an_execution

async def main():
    runner = ShellRunner(kill_grace=0.1, on_output=lambda stage_id, line: print(line, flush=True))
    await runner.run(an_execution(command=sys.argv[1]), RecordedPort())

# A test run in the background of a shell ignores SIGINT, and so would this process.
signal.signal(signal.SIGINT, signal.default_int_handler)
asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_commands_do_not_outlive_their_runner(family: Family, number: signal.Signals) -> None:
    """Ctrl-C, SIGTERM and even SIGKILL of the runner's process end the group."""
    process = await asyncio.to_thread(
        subprocess.Popen,
        [sys.executable, "-c", RUNNER_PROCESS, family.command(stubborn=True)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        await family.born()
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == b"born\n"
        process.send_signal(number)
        assert await asyncio.to_thread(family.is_gone)
    finally:
        process.kill()
        process.communicate()


async def test_commands_run_side_by_side_up_to_the_limit(port: RecordedPort, tmp_path: Path) -> None:
    """As many commands as there are slots run at the same time; by default as many as processors."""
    assert ShellRunner().max_concurrent == len(os.sched_getaffinity(0))
    runner = ShellRunner(max_concurrent=2)
    for name in ("a", "b"):
        os.mkfifo(tmp_path / name)
    # Each waits for the other's pipe, so neither can end alone.
    commands = (f"echo x > {tmp_path}/a; cat {tmp_path}/b", f"cat {tmp_path}/a; echo y > {tmp_path}/b")
    answers = await asyncio.gather(*(runner.run(an_execution(command=command), port) for command in commands))
    assert [data_of(answer)["output"] for answer in answers] == ["y\n", "x\n"]


async def test_without_pidfd_a_thread_waits(
    runner: ShellRunner, port: RecordedPort, family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On systems without pidfd commands end and are killed just the same."""
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    assert (await runner.run(an_execution(command="exit 7"), port)).failure == "command exited with 7"
    work = asyncio.create_task(runner.run(an_execution(command=family.command()), port))
    await family.born()
    work.cancel()
    await asyncio.wait({work})
    assert await asyncio.to_thread(family.is_gone)


async def test_many_commands_leave_nothing_open(runner: ShellRunner, port: RecordedPort) -> None:
    """Descriptors and processes are given back."""

    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    await runner.run(an_execution(command="true"), port)
    before = open_files()
    for _ in range(20):
        await runner.run(an_execution(command="true"), port)
        await runner.run(an_execution(command=["nosuchcommand"]), port)
    assert open_files() <= before
