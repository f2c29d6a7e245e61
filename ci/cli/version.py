"""`turboci version`."""

from __future__ import annotations

import platform
from importlib import metadata

import click

from ci.cli.teaching import TaughtCommand

DISTRIBUTION = "turboci-lite"


@click.command(cls=TaughtCommand, short_help="Print the version.")
def version() -> None:
    """Print the version of turboci, and of what it runs on.

    Example:
        turboci version
    """
    click.echo(f"turboci {metadata.version(DISTRIBUTION)} (Python {platform.python_version()})")
