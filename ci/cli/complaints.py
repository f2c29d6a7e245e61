"""What is said when something cannot be done, and the exit code that goes with it."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from ci.cli.exits import Exit
from ci.cli.loading import user_traceback
from ci.workflow.errors import WorkflowFailed, WorkflowStalled
from turboci.errors import CIError, DAGValidationError


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing to say on stderr; `text` is empty where the summary says it all."""

    exit: Exit
    text: str = ""
    details: str = ""


NOTHING: Final = Complaint(Exit.OK)


def complaint(error: Exception, file: Path, *, begun: bool) -> Complaint:
    """Return what to say of an error that ended a workflow.

    Our own errors are one line, or a list of problems; anything else is the user's, with the traceback of their code.

    Args:
        error: What came out of the workflow.
        file: The user's file.
        begun: Whether a plan was created, so that something may have run.
    """
    if isinstance(error, WorkflowFailed):
        return Complaint(Exit.FAILED)
    if isinstance(error, DAGValidationError):
        return Complaint(Exit.USAGE, str(error))
    if isinstance(error, WorkflowStalled):
        return Complaint(Exit.FAILED, str(error))
    if isinstance(error, CIError):
        return Complaint(Exit.FAILED if begun else Exit.USAGE, f"{_where(error, file)}{error}")
    return Complaint(Exit.FAILED, f"{file} raised {type(error).__name__}", user_traceback(error, file))


def _where(error: Exception, file: Path) -> str:
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == file.resolve()
    ]
    return f"{file}:{lines[-1]}: " if lines else ""


def complain(text: str, details: str = "") -> None:
    """Print an error on stderr; never wrapped, so that it can be copied."""
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    if details:
        console.print(Text(details), soft_wrap=True)
    console.print(Text.assemble(("error:", "bold red"), f" {text}"), soft_wrap=True)
