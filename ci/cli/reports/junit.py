"""JUnit XML: a suite for each plan, a case for each node, in the elements that all readers know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC
from typing import Final
from xml.etree import ElementTree as ET

from ci.cli.reports.record import Record
from ci.cli.view.phases import Phase
from ci.cli.view.row import Row
from ci.cli.view.wording import harmless

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(records: Sequence[Record]) -> str:
    """Return the report of some plans.

    FAILED nodes are failures, SKIPPED ones are skipped; CANCELLED ones and those that have not ended are errors, so
    that a run that was broken off is never green.
    """
    root = ET.Element("testsuites", name="turboci")
    for record in records:
        _suite(root, record)
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    root.set("time", _seconds(sum(record.seconds for record in records)))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(root: ET.Element, record: Record) -> None:
    counts = record.view.counts()
    errors = sum(number for phase, number in counts.items() if phase is Phase.CANCELLED or not phase.ended)
    suite = ET.SubElement(
        root,
        "testsuite",
        name=_clean(record.name),
        tests=str(len(record.view.rows)),
        failures=str(counts[Phase.FAILED]),
        errors=str(errors),
        skipped=str(counts[Phase.SKIPPED]),
        time=_seconds(record.seconds),
    )
    if record.plan.created_at is not None:
        suite.set("timestamp", record.plan.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"))
    properties = ET.SubElement(suite, "properties")
    for name, value in (("plan", record.plan.id), *sorted(record.plan.metadata.items())):
        ET.SubElement(properties, "property", name=_clean(name), value=_clean(value))
    for row in record.view.rows:
        _case(suite, record, row)


def _case(suite: ET.Element, record: Record, row: Row) -> None:
    stage = record.stage(row)
    case = ET.SubElement(
        suite,
        "testcase",
        name=_clean(row.label),
        classname=_clean(".".join(filter(None, [record.name, stage.runner_type if stage else "check"]))),
        time=_seconds(row.seconds(row.ended_at or record.at) or 0.0),
    )
    output = "\n".join(record.output(row))
    phase = row.phase
    if phase is Phase.FAILED:
        kind = stage.concluded_reason.name if stage is not None and stage.concluded_reason is not None else "FAILED"
        ET.SubElement(case, "failure", message=_clean(row.gist), type=kind).text = _clean(row.cause)
    elif phase is Phase.SKIPPED:
        ET.SubElement(case, "skipped", message=_clean(row.gist))
    elif phase is Phase.CANCELLED:
        ET.SubElement(case, "error", message=_clean(row.gist or "cancelled"), type="CANCELLED")
    elif not phase.ended:
        said = f"is {phase.value}" + (f": {row.waits}" if row.waits else "")
        ET.SubElement(case, "error", message=_clean(said), type="OPEN")
    if output:
        ET.SubElement(case, "system-out").text = _clean(output)


def _seconds(seconds: float) -> str:
    return f"{max(0.0, seconds):.3f}"


def _clean(text: str) -> str:
    """Return the text without what XML cannot hold, and without what could act on a terminal that shows it."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", harmless(text))
