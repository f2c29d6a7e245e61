"""JUnit's report: each file a suite, each finding a failed case."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from ci_lint.deferred import deferred
from ci_lint.findings import Diagnostic
from ci_lint.reports.report import TOOL, Report, printable, rule_name

if TYPE_CHECKING:
    from xml.etree import ElementTree
else:
    ElementTree = deferred("xml.etree.ElementTree")


def render(report: Report) -> str:
    """Return the document; without findings it has one case that passes, since some readers refuse an empty one."""
    count = str(len(report.findings))
    root = ElementTree.Element("testsuites", name=TOOL, tests=str(len(report.findings) or 1), failures=count)
    if not report.findings:
        suite = ElementTree.SubElement(root, "testsuite", name=TOOL, tests="1", failures="0", errors="0")
        ElementTree.SubElement(suite, "testcase", name="no findings", classname=TOOL)
    for path, found in groupby(report.findings, key=_path):
        _add_suite(root, path, list(found), report)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _path(found: Diagnostic) -> Path:
    return found.path


def _add_suite(root: ElementTree.Element, path: Path, findings: list[Diagnostic], report: Report) -> None:
    count = str(len(findings))
    name = _clean(str(path))
    suite = ElementTree.SubElement(root, "testsuite", name=name, tests=count, failures=count, errors="0", package=TOOL)
    for found in findings:
        start = report.place(found).start
        case = ElementTree.SubElement(
            suite,
            "testcase",
            name=f"{found.code} {rule_name(found.code)}",
            classname=name,
            file=name,
            line=str(start.line),
            column=str(start.column),
        )
        message = _clean(found.message)
        failure = ElementTree.SubElement(case, "failure", message=message, type=found.code)
        failure.text = f"{name}:{start.line}:{start.column}: {found.code} {message}"


def _clean(text: str) -> str:
    """Return text without what XML cannot hold."""
    return printable(text).encode("utf-8", "replace").decode().replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
