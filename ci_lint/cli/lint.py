"""One run of `ci-lint` over files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ci_lint.catalogue import TOOL_ERRORS
from ci_lint.checking import Cache, Checker, cache_directory
from ci_lint.cli.exits import Exit
from ci_lint.cli.options import Options
from ci_lint.cli.screen import Screen, colors, complain, remark
from ci_lint.deferred import deferred
from ci_lint.files import Found, find_files, write_atomically
from ci_lint.findings import Diagnostic, Safety, Span
from ci_lint.problems import UNREADABLE
from ci_lint.reports import FOR_PEOPLE, Report, counted, written
from ci_lint.settings import load

if TYPE_CHECKING:
    from ci_lint.fixing import diffs, rounds
else:
    diffs = deferred("ci_lint.fixing.diffs")
    rounds = deferred("ci_lint.fixing.rounds")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a run has found, and mended.

    Attributes:
        found: What is left, for each file.
        before: What stood in the files that are different now.
        after: What stands in them now.
        mended: How many fixes were applied.
    """

    found: Mapping[Path, Sequence[Diagnostic]]
    before: Mapping[Path, bytes]
    after: Mapping[Path, bytes]
    mended: int = 0


def lint(options: Options) -> Exit:
    """Check files, mend them if that is asked for, and say what was found.

    Raises:
        LintError: It cannot be done.
    """
    settings = load(options.paths, options.config, options.choice)
    found = find_files(options.paths, settings, force_exclude=options.force_exclude)
    if not found.files and not found.unreadable and not options.force_exclude:
        named = ", ".join(str(path) for path in options.paths) or "."
        remark(f"ci-lint: no Python files in {named}")
    with_cache = Cache(cache_directory(settings.root) if options.cache else None)
    checker = Checker(settings, with_cache, options.jobs)
    checked = check(checker, found.files, options, {})
    if options.fix:
        for path, content in checked.after.items():
            write_atomically(path, content, expected=checked.before[path])
    if options.diff:
        show_diff(checked)
    with_cache.save()
    return conclude(options, checker, checked, found)


def check(checker: Checker, files: Sequence[Path], options: Options, contents: Mapping[Path, bytes]) -> Checked:
    """Check files and mend what is to be mended; nothing is written."""
    found = checker.check(files, contents)
    if not (options.fix or options.diff):
        return Checked(found, {}, {})
    before: dict[Path, bytes] = {}

    def read(path: Path) -> bytes:
        before[path] = checker.content(path)
        return before[path]

    def again(changed: Mapping[Path, bytes]) -> Mapping[Path, Sequence[Diagnostic]]:
        return checker.check(files, {**contents, **changed})

    result = rounds.mend(found, read, again, unsafe=options.unsafe_fixes)
    for each in result.broken:
        complain(
            f"{each.path}: the fix of {each.code} would have broken the file, so it was left out; please report it"
        )
    if result.endless:
        complain("the fixes undo each other, so it was given up; please report it")
    left = found if options.diff else result.left
    return Checked(left, before, result.contents, sum(result.applied.values()))


def show_diff(checked: Checked) -> None:
    """Print what was mended as a patch."""
    for path, content in sorted(checked.after.items()):
        click.echo(diffs.unified_diff(path, checked.before[path], content), nl=False, color=colors())


def conclude(options: Options, checker: Checker, checked: Checked, found: Found, *, err: bool = False) -> Exit:
    """Say what was found.

    Args:
        options: How it is said.
        checker: For the lines that findings stand in.
        checked: What was found.
        found: The files, for those that could not be looked at.
        err: Whether stdout is taken.

    Returns:
        The exit code.

    Raises:
        LintError: The output file cannot be written.
    """
    listed = [_unreadable(path, reason) for path, reason in found.unreadable]
    listed += [each for diagnostics in checked.found.values() for each in diagnostics]
    report = Report(tuple(listed), checker.text, options.show_source)
    if not options.diff:
        form = counted if options.statistics else written
        Screen(options.output_file, err).show(form(report, options.output_format))
    if options.output_format in FOR_PEOPLE:
        remark(f"ci-lint: {closing(options, listed, checked, len(found.files))}")
    if any(each.code in TOOL_ERRORS for each in listed):
        return Exit.ERROR
    return Exit.FINDINGS if listed and not options.exit_zero else Exit.OK


def _unreadable(path: Path, reason: str) -> Diagnostic:
    return Diagnostic(path, Span(0, 0), UNREADABLE.code, UNREADABLE.text(reason=reason))


def closing(options: Options, listed: Sequence[Diagnostic], checked: Checked, files: int) -> str:
    """Return the last line."""
    parts = []
    if checked.mended:
        verb = "would mend" if options.diff else "mended"
        parts.append(f"{verb} {_count(checked.mended, 'finding')} in {_count(len(checked.after), 'file')}")
    if not listed:
        return "; ".join([*parts, f"nothing {'left' if parts else 'found'} in {_count(files, 'file')}"])
    parts.append(f"{_count(len(listed), 'finding')}{' left' if parts and not options.diff else ''}")
    safe, unsafe = (sum(_mendable(each, safety) for each in listed) for safety in (Safety.SAFE, Safety.UNSAFE))
    if safe and not options.fix and not options.diff:
        parts.append(f"--fix mends {safe}")
    if unsafe and not options.unsafe_fixes:
        parts.append(f"--unsafe-fixes mends {unsafe}{' more' if safe else ''}")
    return "; ".join(parts)


def _mendable(found: Diagnostic, safety: Safety) -> bool:
    return found.fix is not None and found.fix.safety is safety


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
