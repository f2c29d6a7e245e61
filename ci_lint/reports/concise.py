"""One line for each finding: ``path:line:column: CODE message``."""

from __future__ import annotations

import click

from ci_lint.findings import Diagnostic
from ci_lint.reports.excerpt import excerpt
from ci_lint.reports.report import Report, printable


def render(report: Report) -> str:
    """Return the findings, one line each, with excerpts if they are asked for."""
    return "".join(_entry(report, found) for found in report.findings)


def _entry(report: Report, found: Diagnostic) -> str:
    start = report.place(found).start
    path = click.style(printable(str(found.path)), bold=True)
    code = click.style(found.code, fg="red", bold=True)
    line = f"{path}:{start.line}:{start.column}: {code} {printable(found.message)}\n"
    return f"{line}{excerpt(found, report.text_of(found.path))}" if report.show_source else line
