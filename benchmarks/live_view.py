"""`python -m benchmarks.live_view`: what the live view of `turboci run` costs, beside `--plain`.

Both run the same file, a fan of no-op stages, in a pseudo-terminal of 24 lines and 80 columns, in pairs whose order
alternates, so that whatever else the machine does hits both.
"""

from __future__ import annotations

import argparse
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
from typing import Final

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


def seconds_of(file: Path, *flags: str) -> float:
    """Run the file in a terminal of its own and return how long that took."""
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
        if process.wait():
            raise RuntimeError(f"the run ended with {process.returncode}:\n{said}")
        return time.perf_counter() - begun


def _drained(terminal: int) -> str:
    """Read as fast as a good terminal does, until the other side is closed; return the end."""
    said = b""
    try:
        while data := os.read(terminal, 1 << 16):
            said = (said + data)[-2000:]
    except OSError:  # Linux's way to say that it is closed
        pass
    finally:
        os.close(terminal)
    return said.decode(errors="replace")


def pairs_of(file: Path, count: int) -> list[tuple[float, float]]:
    """Return seconds with the live view and without it, side by side."""
    seconds_of(file, "--plain")  # what is not compiled or not in memory yet is not what is asked for
    pairs = []
    for number in range(count):
        if number % 2:
            plain = seconds_of(file, "--plain")
            live = seconds_of(file)
        else:
            live = seconds_of(file)
            plain = seconds_of(file, "--plain")
        pairs.append((live, plain))
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
    for live, plain in pairs:
        print(f"live {live:.2f} s, plain {plain:.2f} s, ratio {live / plain:.2f}")
    table = as_text(pairs, given.stages)
    if given.document:
        put_between_marks(given.document, table, MARKS)
    print(table)


def as_text(pairs: list[tuple[float, float]], stages: int) -> str:
    """Return the medians as a Markdown table, and the machine under it."""
    live, plain = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = statistics.median(live / plain for live, plain in pairs)
    head = (f"`turboci run` of {stages} no-op stages", "seconds")
    rows = [("with the live view", f"{live:.2f}"), ("with `--plain`", f"{plain:.2f}"), ("ratio", f"{ratio:.2f}")]
    said = f"Medians of {len(pairs)} pairs, the ratio that of the pairs; {this_machine()}"
    return f"{as_table(head, rows)}\n\n{said}"


if __name__ == "__main__":
    main()
