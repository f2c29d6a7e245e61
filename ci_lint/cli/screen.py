"""Where texts go, and whether they have colours there."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from ci_lint.errors import LintError
from ci_lint.files import write_atomically


def colors() -> bool | None:
    """Return whether the environment wants colours; None if it is a terminal's to say."""
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def be_tolerant() -> None:
    """Let output go on where a terminal's encoding or a file's name has no such character."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def remark(text: str) -> None:
    """Say something that is no finding, on stderr."""
    click.echo(text, err=True, color=colors())


def complain(text: str) -> None:
    """Say what went wrong, on stderr."""
    remark(f"{click.style('error:', fg='red', bold=True)} {text}")


@dataclass(frozen=True, slots=True)
class Screen:
    """Where findings go.

    Attributes:
        file: The file that they are written into; None for the screen.
        err: Whether they go to stderr, because stdout is for something else.
    """

    file: Path | None = None
    err: bool = False

    def show(self, text: str) -> None:
        """Write findings.

        Raises:
            LintError: The file cannot be written.
        """
        if self.file is None:
            click.echo(text, nl=False, err=self.err, color=colors())
            return
        if not self.file.parent.is_dir():
            raise LintError(f"{self.file} cannot be written: there is no directory {self.file.parent}")
        write_atomically(self.file, click.unstyle(text).encode("utf-8", "backslashreplace"))
