"""`turboci runner`."""

from __future__ import annotations

import asyncio
import os

import click
from rich.console import Console
from rich.text import Text

from ci.cli.addresses import ADDRESS_VARIABLE, DEFAULT_ADDRESS
from ci.cli.complaints import complain
from ci.cli.exits import Exit
from ci.cli.interrupts import Interrupts
from ci.cli.loading import LoadError
from ci.cli.naming import named_runner
from ci.cli.teaching import TaughtCommand
from ci.runner.runner import Runner
from ci.runner.shell import ShellRunner


@click.command(cls=TaughtCommand, short_help="Run a runner: the shell runner, or one of your own.")
@click.argument("name", metavar="[MODULE:OBJECT]", required=False)
@click.option(
    "--connect", metavar="ADDRESS", envvar=ADDRESS_VARIABLE, show_envvar=True, default=DEFAULT_ADDRESS,
    show_default=True, help="The orchestrator, as host:port.",
)  # fmt: skip
@click.option(
    "--listen", metavar="ADDRESS",
    help="Let the orchestrator call this runner, at host:port; by default the runner opens a stream instead.",
)  # fmt: skip
@click.option(
    "--jobs", "-j", metavar="N", type=click.IntRange(min=1),
    help="Shell runner only: commands to run at the same time.  [default: number of CPUs]",
)  # fmt: skip
def runner(name: str | None, connect: str, listen: str | None, jobs: int | None) -> int:
    """Work for an orchestrator until SIGTERM or Ctrl-C.

    Examples:
        turboci runner --connect 127.0.0.1:50051
        turboci runner examples.custom_runner:runner

    Without a name it is the shell runner, which takes the stages of `dag.shell`. MODULE:OBJECT names a ci.Runner;
    the working directory is importable. On SIGTERM or Ctrl-C it takes nothing new and lets running work finish; a
    second signal leaves at once.
    """
    if name is not None and jobs is not None:
        raise click.UsageError("--jobs is for the shell runner; a ci.Runner has its own max_concurrent")
    try:
        chosen = named_runner(name) if name else ShellRunner(max_concurrent=jobs or os.cpu_count() or 1)
    except LoadError as error:
        complain(str(error), error.details)
        return Exit.USAGE
    return asyncio.run(_serve(chosen, connect, listen))


async def _serve(chosen: Runner, address: str, listen: str | None) -> int:
    def leave() -> None:
        os.write(2, b"\nerror: left at once; what was running is killed\n")

    console = Console(stderr=True, highlight=False)
    serving = asyncio.create_task(chosen.serve(address, listen=listen), name="serve")
    with Interrupts(leave) as interrupts:
        asked = asyncio.create_task(interrupts.wait(), name="interrupt")
        await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if not serving.done():
            console.print(Text(f"{interrupts.name}: finishing what runs; a second one leaves at once"), soft_wrap=True)
            serving.cancel()
            await asyncio.wait({serving})
    if not serving.cancelled():
        serving.result()
    return Exit.OK
