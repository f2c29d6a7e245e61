"""Pipelines that tests of `turboci run` write into a folder, and how their commands begin and end."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.terminals import Ended, until

HELLO = """
import ci
dag = ci.DAG("hello")
fetch = dag.shell("fetch", "echo fetching")
lint = dag.shell("lint", "echo linting; sleep 0.3").after(fetch)
dag.shell("greet", "echo hello").after(lint)
"""
RED = """
import ci
dag = ci.DAG("red")
build = dag.shell("build", "echo compiling; echo oops >&2; exit 3")
dag.shell("deploy", "touch deployed").after(build)
dag.shell("other", "true")
"""
LONG = """
import ci
dag = ci.DAG("long")
first = dag.shell("first", "echo $$ > first.pid; sleep 300 & echo $! > background.pid; wait")
dag.shell("stubborn", "trap '' TERM; echo $$ > stubborn.pid; sleep 300; sleep 300")
dag.shell("later", "touch later").after(first)
"""
THOUSAND = """
import ci

dag = ci.DAG("thousand")
work = ci.Runner("noop", max_concurrent=16)


@work.handler
async def nothing(stage: ci.StageContext) -> None:
    return None


async def main(orch):
    await orch.host(work)
    first = dag.step("first", "noop")
    for number in range(999):
        dag.step(f"stage-{number}", "noop").after(first)
    async with dag.execute(orch):
        pass
"""


def written(folder: Path, text: str, name: str = "pipeline.py") -> str:
    (folder / name).write_text(text)
    return name


def without_times(text: str) -> str:
    """Return the output without times of day, durations, ports and plan ids."""
    text = re.sub(r"^\d\d:\d\d:\d\d", "TIME", text, flags=re.MULTILINE)
    text = re.sub(r"\b\d+\.\d+s", "0.0s", text)
    text = re.sub(r"127\.0\.0\.1:\d+", "ADDRESS", text)
    return re.sub(r"\b[0-9a-f]{32}\b", "PLAN", text)


def pids(folder: Path, *names: str) -> list[int]:
    return [int((folder / f"{name}.pid").read_text()) for name in names]


def all_written(folder: Path, *names: str) -> bool:
    return all((folder / f"{name}.pid").exists() and (folder / f"{name}.pid").read_text().strip() for name in names)


@contextmanager
def ended_after(
    command: subprocess.Popen[str], ready: Callable[[], bool], signals: list[signal.Signals]
) -> Iterator[Ended]:
    """Send the signals once the condition holds, a moment apart, and yield how the command ended."""
    try:
        until(ready)
        for index, number in enumerate(signals):
            if index:
                assert command.stdout is not None
                while "waiting for what runs to stop" not in command.stdout.readline():
                    pass
            command.send_signal(number)
        out, err = command.communicate(timeout=30)
    finally:
        if command.poll() is None:
            command.kill()
        for stream in (command.stdout, command.stderr):
            assert stream is not None
            stream.close()
        command.wait()
    yield Ended(command.returncode, out, err)
