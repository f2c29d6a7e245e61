"""Findings as JSON: one array, or one object a line."""

from __future__ import annotations

import json

from ci_lint.findings import Diagnostic, Edit
from ci_lint.reports.report import Place, Report, rule_name


def render(report: Report) -> str:
    """Return one array with an object for each finding."""
    return json.dumps([record(report, found) for found in report.findings], indent=2) + "\n"


def render_lines(report: Report) -> str:
    """Return one object a line."""
    return "".join(json.dumps(record(report, found)) + "\n" for found in report.findings)


def record(report: Report, found: Diagnostic) -> dict[str, object]:
    """Return a finding as JSON has it; `docs/lint.md` describes the fields."""
    return {
        "code": found.code,
        "name": rule_name(found.code),
        "message": found.message,
        "path": str(found.path),
        **_span(report.place(found)),
        "labels": [{**_span(report.place(found, label.span)), "text": label.text} for label in found.labels],
        "help": found.help or None,
        "fix": None
        if found.fix is None
        else {
            "title": found.fix.title,
            "safety": found.fix.safety.value,
            "edits": [_edit(report, found, edit) for edit in found.fix.edits],
        },
    }


def _span(place: Place) -> dict[str, object]:
    return {
        "line": place.start.line,
        "column": place.start.column,
        "end_line": place.end.line,
        "end_column": place.end.column,
    }


def _edit(report: Report, found: Diagnostic, edit: Edit) -> dict[str, object]:
    replacement = edit.replacement.decode(report.text_of(found.path).encoding, "replace")
    return {**_span(report.place(found, edit.span)), "replacement": replacement}
