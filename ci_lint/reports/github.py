"""Annotations for GitHub Actions: commands that the runner reads from the output."""

from __future__ import annotations

from ci_lint.findings import Diagnostic
from ci_lint.reports.report import Report


def render(report: Report) -> str:
    """Return one command for each finding."""
    return "".join(_command(report, found) for found in report.findings)


def _command(report: Report, found: Diagnostic) -> str:
    place = report.place(found)
    properties = {
        "title": f"ci-lint ({found.code})",
        "file": found.path.as_posix(),
        "line": place.start.line,
        "endLine": place.end.line,
    }
    if place.start.line == place.end.line:
        # Columns are refused for more than one line.
        properties |= {"col": place.start.column, "endColumn": max(place.start.column, place.end.column)}
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    where = f"{found.path.as_posix()}:{place.start.line}:{place.start.column}"
    return f"::error {listed}::{_data(f'{where}: {found.code} {found.message}')}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
