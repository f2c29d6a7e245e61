"""GitLab's code quality report: a subset of Code Climate's issues."""

from __future__ import annotations

import json

from ci_lint.reports.fingerprints import with_fingerprints
from ci_lint.reports.report import Report


def render(report: Report) -> str:
    """Return an array with one issue for each finding."""
    issues = []
    for found, fingerprint in with_fingerprints(report):
        place = report.place(found)
        issues.append(
            {
                "description": f"{found.code}: {found.message}",
                "check_name": found.code,
                "fingerprint": fingerprint,
                "severity": "major",
                "location": {
                    "path": found.path.as_posix(),
                    "positions": {
                        "begin": {"line": place.start.line, "column": place.start.column},
                        "end": {"line": place.end.line, "column": place.end.column},
                    },
                    "lines": {"begin": place.start.line, "end": place.end.line},
                },
            }
        )
    return json.dumps(issues, indent=2) + "\n"
