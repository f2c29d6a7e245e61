"""`python -m benchmarks.live_view`: what the live view of `turboci run` costs, beside `--plain`.

Both run the same file, a fan of no-op stages, in a pseudo-terminal of 24 lines and 80 columns, in pairs whose order
alternates, so that whatever else the machine does hits both; what a run costs of the processors hardly depends on that.
"""

from __future__ import annotations

import argparse
import errno
import fcntl
import os
import pty
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.machine import this_machine
from benchmarks.report import as_table, put_between_marks

PIPELINE: Final = """
import ci

dag = ci.DAG("noop")
work = ci.Runner("noop", max_concurrent=16)


@work.handler
async def nothing(stage: ci.StageContext) -> None:
    return None


async def main(orch: ci.Orchestrator) -> None:
    await orch.host(work)
    first = dag.step("first", "noop")
    for number in range({stages} - 2):
        dag.step(f"stage-{{number}}", "noop").after(first)
    dag.step("last", "noop").after(*(f"stage-{{number}}" for number in range({stages} - 2)))
    async with dag.execute(orch):
        pass
"""
SIZE: Final = (24, 80)
MARKS: Final = ("<!-- live view: begin -->", "<!-- live view: end -->")


class Run(NamedTuple):
    """One run, in seconds: by the clock, and of the processors."""

    elapsed: float
    busy: float


class Pair(NamedTuple):
    """Two runs, one beside the other."""

    live: Run
    plain: Run

    @property
    def ratio(self) -> float:
        """How much longer the one with the live view took."""
        return self.live.elapsed / self.plain.elapsed

    @property
    def busy_ratio(self) -> float:
        """How much more of the processors it took."""
        return self.live.busy / self.plain.busy


def run_of(file: Path, *flags: str) -> Run:
    """Run the file in a terminal of its own and return how long that took.

    Raises:
        RuntimeError: It failed.
    """
    terminal, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "CI"} | {"TERM": "xterm-256color"}
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("turboci")), "run", str(file), *flags],
            cwd=folder, env=environment, stdin=inner, stdout=inner, stderr=inner,
        )  # fmt: skip
        os.close(inner)
        said = _drained(terminal)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"the run ended with {process.returncode}:\n{said}")
        return Run(time.perf_counter() - begun, used.ru_utime + used.ru_stime)


def _drained(terminal: int) -> str:
    """Read as fast as a good terminal does, until the other side is closed; return the end."""
    said = b""
    try:
        while data := _read(terminal):
            said = (said + data)[-2000:]
    finally:
        os.close(terminal)
    return said.decode(errors="replace")


def _read(terminal: int) -> bytes:
    """Return what there is to read; nothing once the other side is closed, for which Linux has an error."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return b""


def pairs_of(file: Path, count: int) -> list[Pair]:
    """Return runs with the live view and without it, side by side."""
    run_of(file, "--plain")  # what is not compiled or not in memory yet is not what is asked for
    pairs = []
    for number in range(count):
        if number % 2:
            plain = run_of(file, "--plain")
            live = run_of(file)
        else:
            live = run_of(file)
            plain = run_of(file, "--plain")
        pairs.append(Pair(live, plain))
    return pairs


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_view", description=__doc__)
    parser.add_argument("--stages", type=int, default=500, help="stages of the plan (500)")
    parser.add_argument("--pairs", type=int, default=9, help="pairs of runs; the median ratio counts (9)")
    parser.add_argument("--document", type=Path, metavar="FILE", help="also put the table between the marks in FILE")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "noop.py"
        file.write_text(PIPELINE.format(stages=given.stages))
        pairs = pairs_of(file, given.pairs)
    for pair in pairs:
        print(
            f"live {pair.live.elapsed:.2f} s, plain {pair.plain.elapsed:.2f} s, ratio {pair.ratio:.2f}; "
            f"of the processors {pair.live.busy:.2f} s, {pair.plain.busy:.2f} s, ratio {pair.busy_ratio:.2f}"
        )
    table = as_text(pairs, given.stages)
    if given.document:
        put_between_marks(given.document, table, MARKS)
    print(table)


def as_text(pairs: list[Pair], stages: int) -> str:
    """Return the medians as a Markdown table, and the machine under it."""
    head = (f"`turboci run` of {stages} no-op stages", "seconds", "seconds of the processors")
    rows = [
        _row("with the live view", [pair.live for pair in pairs]),
        _row("with `--plain`", [pair.plain for pair in pairs]),
        _row("ratio", [Run(pair.ratio, pair.busy_ratio) for pair in pairs]),
    ]
    said = f"Medians of {len(pairs)} pairs, the ratios those of the pairs; {this_machine()}"
    return f"{as_table(head, rows)}\n\n{said}"


def _row(name: str, runs: list[Run]) -> tuple[str, str, str]:
    elapsed, busy = (statistics.median(each) for each in zip(*runs, strict=True))
    return name, f"{elapsed:.2f}", f"{busy:.2f}"


if __name__ == "__main__":
    main()
