"""`python -m benchmarks.statements`: how many SQL statements a stage takes, and which.

Everything runs in one process, and the statements of the plan are counted from its write to its completion.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import apsw

from benchmarks.machine import this_machine
from benchmarks.measuring import timed
from benchmarks.plans import SHAPES, Shape
from benchmarks.report import as_table, put_between_marks
from benchmarks.ways import WAYS
from turboci.states import ExecutionMode

MARKS: Final = ("<!-- statements: begin -->", "<!-- statements: end -->")
LEAST: Final = 0.01
"""Statements of a stage below which one is not worth a line."""
PLANS: Final = 4


class Statements:
    """Counts the statements of every connection that is opened after it was made.

    Attributes:
        counts: How often each statement has run.
        counting: Whether those that run now are counted.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.counting = False

    def follow(self, connection: apsw.Connection) -> None:
        """Count what a connection does."""
        connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, self._ran)

    def _ran(self, event: Mapping[str, object]) -> None:
        if self.counting:
            self.counts[str(event["sql"])] += 1


async def measure(shape: Shape, folder: Path) -> tuple[Statements, int]:
    """Run a plan a few times; return its statements and how many stages there were."""
    statements = Statements()
    apsw.connection_hooks.append(statements.follow)
    try:
        in_process = next(way for way in WAYS if way.name == "in-process")
        stages = shape.stages(ExecutionMode.SYNC)
        async with in_process.open(folder, "full") as port:
            await timed(port, stages)
            statements.counting = True
            for _ in range(PLANS):
                await timed(port, stages)
            statements.counting = False
    finally:
        apsw.connection_hooks.remove(statements.follow)
    return statements, PLANS * len(stages)


def as_text(statements: Statements, stages: int) -> str:
    """Return the table, those first that run most often."""
    rows = [("all", f"{statements.counts.total() / stages:.2f}")]
    for sql, count in statements.counts.most_common():
        if count / stages >= LEAST:
            rows.append((f"`{short(sql)}`", f"{count / stages:.2f}"))
    return as_table(("statement", "a stage"), rows)


def short(sql: str) -> str:
    """Return what a statement does, without its columns."""
    sql = " ".join(sql.split())
    sql = re.sub(r"^SELECT .*? FROM ", "SELECT ... FROM ", sql)
    sql = re.sub(r"^(INSERT INTO \w+) .*", r"\1 ...", sql)
    sql = re.sub(r" SET .*? WHERE ", " SET ... WHERE ", sql)
    return sql if len(sql) <= 90 else f"{sql[:87]}..."


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statements", description=__doc__)
    parser.add_argument("plan", nargs="?", default="fan", choices=[shape.name for shape in SHAPES], help="which (fan)")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the database goes: a disk (here)")
    parser.add_argument("--docs", type=Path, metavar="FILE", help="also put the table between the marks in FILE")
    given = parser.parse_args()
    shape = next(shape for shape in SHAPES if shape.name == given.plan)
    with tempfile.TemporaryDirectory(prefix="turboci-statements-", dir=given.folder) as folder:
        statements, stages = asyncio.run(measure(shape, Path(folder)))
    said = f"{as_text(statements, stages)}\n\n{shape.name} ({shape.text}); {this_machine()}"
    if given.docs:
        put_between_marks(given.docs, said, MARKS)
    print(said)


if __name__ == "__main__":
    main()
