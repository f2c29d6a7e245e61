"""Runs a DAG in one process, and prints what sockets it opened and what of the wire it used: a program for a test."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType

import ci

used: Counter[str] = Counter()
opened: list[str] = []
open_meanwhile: set[str] = set()
runner = ci.Runner("worker")
dag = ci.DAG("in one process")


def look(frame: FrameType, event: str, _: object) -> None:
    """Count calls of what stands between values and messages."""
    path = Path(frame.f_code.co_filename)
    if event == "call" and path.parts[-3:-1] == ("turboci", "wire"):
        used[f"{path.stem}.{frame.f_code.co_name}"] += 1


def hear(event: str, _: tuple[object, ...]) -> None:
    """Note what Python does with sockets."""
    if event.startswith("socket."):
        opened.append(event)


def sockets() -> set[str]:
    """Return the sockets of this process, those of C libraries included."""
    found = (str(entry.readlink()) for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink())
    return {name for name in found if name.startswith("socket:")}


@runner.handler
async def work(stage: ci.StageContext) -> dict[str, object]:
    """Say what was given."""
    open_meanwhile.update(sockets())
    await stage.progress(50, "half")
    return {"given": stage.arg("number", int)}


async def main(path: str) -> None:
    """Run one SYNC and one ASYNC stage."""
    first = dag.step("first", "worker", number=1)
    dag.step("second", "worker", number=2).async_().after(first)
    before = sockets()
    sys.addaudithook(hear)
    threading.setprofile(look)
    sys.setprofile(look)
    async with ci.local(path, runners=[runner]) as orch:
        result = await (await dag.execute(orch)).wait_for_completion()
    sys.setprofile(None)
    given = [result.checks[id].value("given", int) for id in ("first", "second")]
    said = {"given": given, "opened": opened, "sockets": [*(open_meanwhile - before)], "used": used}
    sys.stdout.write(json.dumps(said))


asyncio.run(main(sys.argv[1]))
