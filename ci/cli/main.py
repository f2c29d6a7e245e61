"""The `turboci` command: a group with one file for each command."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

import click

from ci.cli.backup import backup
from ci.cli.complaints import complain
from ci.cli.completion import completion
from ci.cli.doctor.command import doctor
from ci.cli.exits import Exit
from ci.cli.gc import gc
from ci.cli.graph import graph
from ci.cli.plans.cancel import cancel
from ci.cli.plans.listing import plans
from ci.cli.plans.logs import logs
from ci.cli.plans.retry import retry
from ci.cli.plans.runners import runners
from ci.cli.plans.show import show
from ci.cli.plans.watch import watch
from ci.cli.plans.why import why
from ci.cli.run import run
from ci.cli.runner import runner
from ci.cli.serve import serve
from ci.cli.teaching import TaughtGroup
from ci.cli.version import version
from turboci.errors import CIError


@click.group(cls=TaughtGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def turboci() -> None:
    """Run CI pipelines that are written as Python.

    Try it:
        turboci run examples/hello.py

    See more, of an orchestrator or of the file that a run left:
        turboci why latest --db turboci.db

    Exit codes, for every command:
        0    done, and nothing failed
        1    a node failed or was cancelled, the plan could not go on, time ran out, or doctor found a problem
        2    nothing was done: wrong option or file, invalid DAG, no such plan, orchestrator not there
        130  interrupted by Ctrl-C or SIGTERM
    """


_COMMANDS: Final = (
    *(run, plans, show, watch, why, logs, cancel, retry, graph),
    *(serve, runner, runners, gc, backup, doctor, completion, version),
)
for _command in _COMMANDS:
    turboci.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code.

    Args:
        arguments: What came after the name of the program; None takes them from `sys.argv`.
    """
    try:
        code = turboci.main(args=arguments, prog_name="turboci", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except CIError as error:
        complain(str(error))
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    return code if isinstance(code, int) else Exit.OK


if __name__ == "__main__":
    sys.exit(main())
