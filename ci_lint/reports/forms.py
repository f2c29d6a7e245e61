"""The names of the forms; the modules are loaded when something is written, which in a good run is never."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ci_lint.deferred import deferred
from ci_lint.reports.report import Report

if TYPE_CHECKING:
    from ci_lint.reports import concise, full, github, gitlab, junit, records, sarif, statistics
else:
    concise = deferred("ci_lint.reports.concise")
    full = deferred("ci_lint.reports.full")
    github = deferred("ci_lint.reports.github")
    gitlab = deferred("ci_lint.reports.gitlab")
    junit = deferred("ci_lint.reports.junit")
    records = deferred("ci_lint.reports.records")
    sarif = deferred("ci_lint.reports.sarif")
    statistics = deferred("ci_lint.reports.statistics")

FORMS: Final = ("full", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit")
FOR_PEOPLE: Final = frozenset({"full", "concise"})
"""Forms that people read: colours are in them, and a closing line is welcome."""
WITH_STATISTICS: Final = frozenset({"full", "concise", "json"})


def written(report: Report, form: str) -> str:
    """Return the findings in one of the forms.

    Raises:
        ValueError: There is no such form.
    """
    if form in FOR_PEOPLE and not report.findings:
        return ""
    match form:
        case "full":
            return full.render(report)
        case "concise":
            return concise.render(report)
        case "json":
            return records.render(report)
        case "jsonl":
            return records.render_lines(report)
        case "sarif":
            return sarif.render(report)
        case "github":
            return github.render(report)
        case "gitlab":
            return gitlab.render(report)
        case "junit":
            return junit.render(report)
    raise ValueError(f"there is no form {form!r}; there are {', '.join(FORMS)}")


def counted(report: Report, form: str) -> str:
    """Return how many findings there are of each rule, in one of the forms `WITH_STATISTICS`."""
    return statistics.render_json(report) if form == "json" else statistics.render(report)
