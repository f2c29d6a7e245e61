"""What tells findings apart over time, though lines above them come and go."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator

from ci_lint.findings import Diagnostic
from ci_lint.reports.report import Report


def with_fingerprints(report: Report) -> Iterator[tuple[Diagnostic, str]]:
    """Yield each finding with 64 hexadecimal digits: from file, rule, message, source line, and how often it came."""
    seen: Counter[tuple[str, ...]] = Counter()
    for found in report.findings:
        line = report.text_of(found.path).line_text(report.place(found).start.line).strip()
        facts = (found.path.as_posix(), found.code, found.message, line)
        seen[facts] += 1
        text = "\0".join((*facts, str(seen[facts])))
        yield found, hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
