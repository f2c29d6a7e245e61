"""Which reports are asked for, and where they go."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from ci.cli.reports.junit import junit
from ci.cli.reports.markdown import markdown
from ci.cli.reports.page import page
from ci.cli.reports.record import Record
from ci.cli.reports.trace import trace
from turboci.errors import CIError

SUMMARY_VARIABLE: Final = "GITHUB_STEP_SUMMARY"


class ReportFailed(CIError):
    """A report cannot be written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reports:
    """The files that are asked for; None and False ask for nothing."""

    junit: str | None = None
    trace: str | None = None
    report: str | None = None
    github_summary: bool = False

    @property
    def wanted(self) -> bool:
        """Whether any is."""
        return bool(self.junit or self.trace or self.report or self.github_summary)

    def require_places(self) -> None:
        """Find out before the work whether the files can be written afterwards.

        Raises:
            ReportFailed: A directory is missing, or the file is one.
        """
        for name in filter(None, (self.junit, self.trace, self.report)):
            path = Path(name)
            if path.is_dir():
                raise ReportFailed(f"{name} is a directory; name a file for the report")
            if not path.parent.is_dir():
                raise ReportFailed(f"{name} cannot be written: there is no directory {path.parent}; create it first")

    def write(self, records: Sequence[Record]) -> None:
        """Write what is asked for, each file as a whole.

        Raises:
            ReportFailed: A file cannot be written.
        """
        for name, text in ((self.junit, junit), (self.trace, trace), (self.report, page)):
            if name is not None:
                _put(Path(name), text(records))
        if self.github_summary:
            _summarize("\n".join(map(markdown, records)))


def _summarize(text: str) -> None:
    """Append to the summary of the step, as others may do, too; print it where there is none."""
    target = os.environ.get(SUMMARY_VARIABLE)
    if not target:
        click.echo(text)
        return
    try:
        with Path(target).open("a", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        raise ReportFailed(f"{target} ({SUMMARY_VARIABLE}) cannot be written: {error.strerror}") from error


def _put(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.partial-{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise ReportFailed(f"{path} cannot be written: {error.strerror}") from error


def reporting(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options that ask for reports; they reach it as `reports`."""

    @click.option(
        "--junit", metavar="FILE", type=click.Path(), help="Write a JUnit XML report, a test case for each node."
    )
    @click.option(
        "--trace", metavar="FILE", type=click.Path(), help="Write a trace of the attempts, for ui.perfetto.dev."
    )
    @click.option(
        "--report",
        metavar="FILE",
        type=click.Path(),
        help="Write a web page: graph, timeline, reasons, logs, in one file.",
    )
    @click.option(
        "--github-summary", is_flag=True,
        help=f"Append a Markdown summary to the file in {SUMMARY_VARIABLE}; without it print it.",
    )  # fmt: skip
    @functools.wraps(command)
    def with_reports(
        *arguments: object,
        junit: str | None,
        trace: str | None,
        report: str | None,
        github_summary: bool,
        **options: object,
    ) -> int:
        reports = Reports(junit=junit, trace=trace, report=report, github_summary=github_summary)
        reports.require_places()
        return command(*arguments, reports=reports, **options)

    return with_reports
