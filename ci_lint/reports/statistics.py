"""How many findings there are of each rule."""

from __future__ import annotations

import json
from collections import Counter

import click

from ci_lint.reports.report import Report, rule_name


def render(report: Report) -> str:
    """Return one line for each rule, the most frequent first; ``*`` marks what fixes can mend."""
    counts = _counts(report)
    width = max((len(str(count)) for _, count in counts), default=0)
    mendable = {found.code for found in report.findings if found.fix}
    return "".join(
        f"{count:>{width}}  {click.style(code, fg='red', bold=True)} {'[*]' if code in mendable else '[ ]'} "
        f"{rule_name(code)}\n"
        for code, count in counts
    )


def render_json(report: Report) -> str:
    """Return an array with one object for each rule, the most frequent first."""
    mendable = {found.code for found in report.findings if found.fix}
    listed = [
        {"code": code, "name": rule_name(code), "count": count, "fixable": code in mendable}
        for code, count in _counts(report)
    ]
    return json.dumps(listed, indent=2) + "\n"


def _counts(report: Report) -> list[tuple[str, int]]:
    return sorted(Counter(found.code for found in report.findings).items(), key=_most_frequent_first)


def _most_frequent_first(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]
