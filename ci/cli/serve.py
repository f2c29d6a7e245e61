"""`turboci serve`: one flag for each setting of the server, made from the same table."""

from __future__ import annotations

import os
from typing import Final

import click

from ci.cli.teaching import TaughtCommand
from orchestrator.app import run_until_signal
from orchestrator.config import Config, settings


def _serve(**flags: str | None) -> int:
    """Serve work plans over gRPC until SIGTERM or Ctrl-C.

    Example:
        turboci serve --port 50051 --db /var/lib/turboci/turboci.db

    A flag goes before its environment variable, the variable before the default. On SIGTERM or Ctrl-C nothing new is
    handed out and running work gets --drain-timeout; a second signal leaves at once. What was running then is
    attempted again at the next start. Exit code 1: the port is taken, or the database cannot be used.
    """
    return run_until_signal(Config.from_environment(os.environ, flags))


serve: Final = TaughtCommand(
    "serve",
    callback=_serve,
    params=[
        click.Option(
            [setting.flag, setting.name],
            metavar="VALUE",
            help=f"{setting.help}  [env {setting.variable}; default {setting.default_text}]",
        )
        for setting in settings()
    ],
    help=_serve.__doc__,
    short_help="Run an orchestrator.",
)
