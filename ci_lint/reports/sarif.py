"""SARIF 2.1.0, as code scanning reads it."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import Final

from ci_lint.catalogue import ALWAYS, RULES, TOOL_ERRORS
from ci_lint.findings import Diagnostic, Fix, Span
from ci_lint.reports.fingerprints import with_fingerprints
from ci_lint.reports.report import TOOL, Report

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_ENTRIES: Final = (*RULES, *ALWAYS)
_INDEX: Final = {rule.code: index for index, rule in enumerate(_ENTRIES)}


def render(report: Report) -> str:
    """Return the log of one run."""
    run = {
        "tool": {"driver": {"name": TOOL, "version": metadata.version("turboci-lite"), "rules": _rules()}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not any(found.code in TOOL_ERRORS for found in report.findings)}],
        "results": [_result(report, found, fingerprint) for found, fingerprint in with_fingerprints(report)],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _rules() -> list[dict[str, object]]:
    return [
        {
            "id": rule.code,
            "name": "".join(word.capitalize() for word in rule.name.split("-")),
            "shortDescription": {"text": f"{rule.summary[:1].upper()}{rule.summary[1:]}."},
            "help": {"text": f"`ci-lint --explain {rule.code}` explains {rule.name} and how to mend it."},
            "defaultConfiguration": {"enabled": rule.default, "level": "error"},
        }
        for rule in _ENTRIES
    ]


def _result(report: Report, found: Diagnostic, fingerprint: str) -> dict[str, object]:
    message = f"{found.message}\n{found.help}" if found.help else found.message
    result: dict[str, object] = {
        "ruleId": found.code,
        "level": "error",
        "message": {"text": message},
        "locations": [{"physicalLocation": _location(report, found, found.span)}],
        "partialFingerprints": {"ciLint/v1": fingerprint},
    }
    if found.code in _INDEX:
        result["ruleIndex"] = _INDEX[found.code]
    if found.labels:
        result["relatedLocations"] = [
            {
                "id": index,
                "physicalLocation": _location(report, found, label.span),
                "message": {"text": label.text},
            }
            for index, label in enumerate(found.labels, 1)
        ]
    if found.fix is not None:
        result["fixes"] = [_fix(report, found, found.fix)]
    return result


def _location(report: Report, found: Diagnostic, span: Span) -> dict[str, object]:
    return {"artifactLocation": {"uri": uri(found.path)}, "region": _region(report, found, span)}


def _region(report: Report, found: Diagnostic, span: Span) -> dict[str, object]:
    place = report.place(found, span)
    return {
        "startLine": place.start.line,
        "startColumn": place.start.column,
        "endLine": place.end.line,
        "endColumn": place.end.column,
    }


def _fix(report: Report, found: Diagnostic, fix: Fix) -> dict[str, object]:
    encoding = report.text_of(found.path).encoding
    replacements = [
        {
            "deletedRegion": _region(report, found, edit.span),
            "insertedContent": {"text": edit.replacement.decode(encoding, "replace")},
        }
        for edit in fix.edits
    ]
    change = {"artifactLocation": {"uri": uri(found.path)}, "replacements": replacements}
    return {"description": {"text": fix.title}, "artifactChanges": [change]}


def uri(path: Path) -> str:
    """Return a path as URI; a relative one stays relative, from where the linter was started."""
    if path.is_absolute():
        return path.as_uri()
    return (Path("/") / path).as_uri().removeprefix("file:///")
