"""Each finding with the lines that it stands in, what is to blame underlined."""

from __future__ import annotations

import click

from ci_lint.findings import Diagnostic, Safety
from ci_lint.reports.excerpt import excerpt
from ci_lint.reports.report import Report, printable


def render(report: Report) -> str:
    """Return the findings with excerpts, unless they are not wanted."""
    return "".join(_entry(report, found) for found in report.findings)


def _entry(report: Report, found: Diagnostic) -> str:
    start = report.place(found).start
    code = click.style(found.code, fg="red", bold=True)
    arrow = click.style("-->", fg="blue", bold=True)
    parts = [
        f"{code} {click.style(printable(found.message), bold=True)}\n",
        f"  {arrow} {printable(str(found.path))}:{start.line}:{start.column}\n",
    ]
    if report.show_source is not False:
        parts.append(excerpt(found, report.text_of(found.path)))
    parts += [f"{click.style('help:', fg='cyan', bold=True)} {printable(line)}\n" for line in _advice(found)]
    return "".join([*parts, "\n"])


def _advice(found: Diagnostic) -> list[str]:
    advice = [found.help] if found.help else []
    if found.fix is not None:
        option = "--fix" if found.fix.safety is Safety.SAFE else "--fix --unsafe-fixes"
        advice.append(f"`{option}` can {found.fix.title}")
    return advice
