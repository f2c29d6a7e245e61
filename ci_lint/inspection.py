"""Looks at one file: parses it, works out what is what, and lets the rules look."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from ci_lint.findings import Diagnostic, Label, Span
from ci_lint.inference.engine import infer
from ci_lint.inference.exporting import export
from ci_lint.inference.machine import Around, Machine
from ci_lint.inference.reporting import facts_of
from ci_lint.modules.summary import Summary
from ci_lint.problems import INTERNAL_ERROR
from ci_lint.reading.failure import Failure
from ci_lint.reading.parsing import Parsed, parse
from ci_lint.reading.positions import Positions
from ci_lint.rules.base import Finding, Rule
from ci_lint.rules.registry import RULES
from ci_lint.table import load_table
from ci_lint.task import Outcome, Task


def inspect(task: Task) -> Outcome:
    """Return what one file has to say for itself. It never raises: what goes wrong is a diagnostic."""
    try:
        with without_collecting():
            return _inspect(task)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        broken = Diagnostic(task.path, Span(0, 0), INTERNAL_ERROR.code, INTERNAL_ERROR.text(reason=reason))
        return Outcome((broken,), Summary(task.module))


@contextmanager
def without_collecting() -> Iterator[None]:
    """Keep the garbage collector from walking the tree, which lives until the end, again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _inspect(task: Task) -> Outcome:
    parsed = parse(task.data)
    if isinstance(parsed, Failure):
        failed = Diagnostic(task.path, parsed.span, parsed.problem.code, parsed.message)
        return Outcome((failed,), Summary(task.module))
    machine, found = examine(task, parsed)
    diagnostics = tuple(_diagnostics(task, parsed, found)) if found else ()
    return Outcome(diagnostics, export(machine))


def examine(task: Task, parsed: Parsed) -> tuple[Machine, list[tuple[Rule, Finding]]]:
    """Work out what is what in a file, and return what the rules find; where it stands is not looked for."""
    machine = infer(parsed.module, parsed.text.text, around(task))
    facts = facts_of(machine, parsed.module, shared=task.shared)
    found = [(rule, each) for rule in RULES.values() if rule.code in task.rules for each in rule.check(facts)]
    return machine, found


def around(task: Task) -> Around:
    """Return what the module of a task finds around itself."""
    module = task.module if task.module != "ci" else "ci.__init__"
    summaries = {summary.module: summary for summary in task.summaries}
    return Around(module, task.is_package, task.package, load_table(), summaries)


def _diagnostics(task: Task, parsed: Parsed, found: list[tuple[Rule, Finding]]) -> Iterator[Diagnostic]:
    positions = Positions(parsed)
    made = [_diagnostic(task, positions, rule, finding) for rule, finding in found]
    yield from sorted(made, key=lambda each: (each.span, each.code))


def _diagnostic(task: Task, positions: Positions, rule: Rule, finding: Finding) -> Diagnostic:
    labels = [Label(positions.span(note.node), note.text) for note in finding.notes]
    return Diagnostic(
        task.path,
        positions.span(finding.node),
        rule.code,
        finding.message if isinstance(finding.message, str) else finding.message(positions),
        tuple(sorted(labels, key=lambda label: label.span)),
        finding.help,
        finding.mend(positions) if finding.mend is not None else None,
    )
