"""`python -m benchmarks.profiling`: where the microseconds of a stage go, by process, thread and function.

Server and runner are processes with a stream between them, every commit is synced, and one plan follows the other. The
CPU time of each thread is the kernel's; py-spy, which the command installs in an environment of its own, looks at
 what threads do, and their time is divided accordingly: what a function of this repository takes itself, with
the libraries that it calls, and what it takes with all that it calls.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ci
from benchmarks.machine import this_machine
from benchmarks.measuring import timed
from benchmarks.peers.environments import NotInstalled, default_cache, python_with
from benchmarks.plans import SHAPES, Shape
from benchmarks.processes import server_and_runner
from benchmarks.report import as_table, put_between_marks
from benchmarks.usage import cpu_by_thread, server_of
from benchmarks.ways import runners_are_there
from turboci.states import ExecutionMode

MARKS: Final = ("<!-- profile: begin -->", "<!-- profile: end -->")
RATE: Final = 250
HEAD: Final = ("process", "thread", "function", "itself: us of CPU a stage", "with all that it calls")
LEAST: Final = 0.03
"""The share of a process below which a thread or a function is not worth a line."""
OURS: Final = re.compile(r"^(?P<function>.+) \((?P<file>(?:ci|orchestrator|turboci)/[\w/]+\.py)(?::\d+)?\)$")
ELSEWHERE: Final = "asyncio and gRPC, beside our code"
THREAD: Final = re.compile(r"^thread \((\d+)\): (.*)$")


@dataclass(frozen=True)
class Profile:
    """A process while plans ran.

    Attributes:
        threads: CPU seconds of each thread, by its id.
        names: What they are called, as far as they run Python.
        itself: How often each was seen in a function of ours, or in a library that it had called.
        within: How often each was seen in a function, or in anything that it had called.
    """

    process: str
    threads: Mapping[int, float]
    names: Mapping[int, str]
    itself: Mapping[int, Counter[str]]
    within: Mapping[int, Counter[str]]

    def rows(self, stages: int) -> list[tuple[str, ...]]:
        """Return the threads that cost something, each with its functions, in microseconds of a stage."""
        total = sum(self.threads.values())
        rows: list[tuple[str, ...]] = [(self.process, "all threads", "", "", _us(total / stages))]
        for thread, seconds in sorted(self.threads.items(), key=lambda each: -each[1]):
            if seconds < LEAST * total:
                continue
            name = self.names.get(thread, "threads of gRPC and SQLite")
            rows.append((self.process, name, "", "", _us(seconds / stages)))
            rows += [(self.process, name, *cells) for cells in self._functions(thread, stages, LEAST * total)]
        return rows

    def _functions(self, thread: int, stages: int, least: float) -> list[tuple[str, str, str]]:
        itself, within = self.itself.get(thread, Counter[str]()), self.within.get(thread, Counter[str]())
        one = self.threads[thread] / max(1, itself.total())
        return [
            (place, _us(itself[place] * one / stages), _us(seen * one / stages))
            for place, seen in within.most_common()
            if itself[place] * one >= least or seen * one >= 2 * least
        ]


def _us(seconds: float) -> str:
    return f"{seconds * 1e6:.0f}"


def parsed(process: str, raw: str, threads: Mapping[int, float]) -> Profile:
    """Read the stacks that py-spy has written: frames from the outermost to the innermost, and a count."""
    names: dict[int, str] = {}
    itself: dict[int, Counter[str]] = {}
    within: dict[int, Counter[str]] = {}
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        first, *frames = stack.split(";")
        if found := THREAD.match(first):
            thread = int(found[1])
            names[thread] = found[2]
            places = [place for place in map(_place, frames) if place] or [ELSEWHERE]
            itself.setdefault(thread, Counter())[places[-1]] += int(count)
            for place in {*places}:
                within.setdefault(thread, Counter())[place] += int(count)
    return Profile(process, threads, names, itself, within)


def _place(frame: str) -> str:
    """Return what function of ours a frame is; empty if it is none."""
    found = OURS.match(frame)
    return f"{found['file']}: {found['function']}" if found else ""


async def keep_running(port: ci.Orchestrator, shape: Shape, seconds: float) -> int:
    """Run one plan after the other; return how many stages have run."""
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        stages = shape.stages(ExecutionMode.SYNC)
        await timed(port, stages)
        count += len(stages)
    return count


async def measure(address: str, folder: Path, shape: Shape, seconds: float, spy: Path) -> tuple[int, list[Profile]]:
    """Profile the server and the runner while plans run."""
    processes = {"server": server_of(folder / "turboci.db"), "runner": _runner_of(address)}
    async with ci.connect(address) as port:
        await runners_are_there(port)
        await keep_running(port, shape, 1)
        before = {name: cpu_by_thread(pid) for name, pid in processes.items()}
        watching = {name: _spy(spy, pid, folder / f"{name}.raw", seconds) for name, pid in processes.items()}
        stages = await keep_running(port, shape, seconds)
        after = {name: cpu_by_thread(pid) for name, pid in processes.items()}
        for child in watching.values():
            await asyncio.to_thread(_end_of, child)
    return stages, [
        parsed(
            name,
            (folder / f"{name}.raw").read_text(),
            {thread: used - before[name].get(thread, 0.0) for thread, used in after[name].items()},
        )
        for name in processes
    ]


def _runner_of(address: str) -> int:
    """Return the process of the runner of an orchestrator."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # it has ended
        if "benchmarks.noop_runner" in command and address in command:
            return int(folder.name)
    raise RuntimeError(f"no runner works for {address}")


def _spy(spy: Path, pid: int, target: Path, seconds: float) -> subprocess.Popen[str]:
    options = ["--duration", str(max(1, round(seconds))), "--rate", str(RATE), "--threads", "--nonblocking"]
    command = [str(spy), "record", *options, "--format", "raw", "--output", str(target), "--pid", str(pid)]
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def _end_of(spy: subprocess.Popen[str]) -> None:
    """Return when py-spy has written what it has seen.

    Raises:
        NotInstalled: It may not look at other processes, as where ptrace is restricted.
    """
    _, said = spy.communicate()
    if spy.returncode:
        raise NotInstalled(f"py-spy may not look at other processes: {said.strip()}")


def profiled(shape: Shape, seconds: float, folder: Path, cache: Path) -> str:
    """Return the table.

    Raises:
        NotInstalled: There is no py-spy, or it may not look at other processes.
    """
    spy = python_with(("py-spy",), cache).with_name("py-spy")
    with (
        tempfile.TemporaryDirectory(prefix="turboci-profile-", dir=folder) as text,
        server_and_runner(Path(text)) as address,
    ):
        stages, profiles = asyncio.run(measure(address, Path(text), shape, seconds, spy))
    rows = [row for profile in profiles for row in profile.rows(stages)]
    return f"{as_table(HEAD, rows)}\n\n{shape.name} ({shape.text}), {stages:,} stages; {this_machine()}"


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profiling", description=__doc__)
    parser.add_argument("plan", nargs="?", default="fan", choices=[shape.name for shape in SHAPES], help="which (fan)")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long plans run (10)")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the database goes: a disk (here)")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where py-spy is kept")
    parser.add_argument("--docs", type=Path, metavar="FILE", help="also put the table between the marks in FILE")
    given = parser.parse_args()
    shape = next(shape for shape in SHAPES if shape.name == given.plan)
    try:
        said = profiled(shape, given.seconds, given.folder, given.cache)
    except NotInstalled as error:
        print(f"no profile: {error}", file=sys.stderr)
        return 2
    if given.docs:
        put_between_marks(given.docs, said, MARKS)
    print(said)
    return 0


if __name__ == "__main__":
    sys.exit(main())
