"""`ci-lint -`: the source comes in, and goes out mended if that is asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from ci_lint.checking import Cache, Checker
from ci_lint.cli.exits import Exit
from ci_lint.cli.lint import check, conclude, show_diff
from ci_lint.cli.options import Options
from ci_lint.files import Found, find_files
from ci_lint.settings import load

NAMELESS: Final = Path("<stdin>")


def lint_stdin(options: Options) -> Exit:
    """Check what comes in; with ``--fix``, what goes out is the mended source, and findings go to stderr.

    Raises:
        LintError: It cannot be done.
    """
    path = options.stdin_filename or NAMELESS
    settings = load([options.stdin_filename] if options.stdin_filename else (), options.config, options.choice)
    content = sys.stdin.buffer.read()
    if options.force_exclude and path.exists() and not find_files([path], settings, force_exclude=True).files:
        return _passed_on(content, options)
    checker = Checker(settings, Cache(None))
    checked = check(checker, [path], options, {path: content})
    if options.fix:
        _write(checked.after.get(path, content))
    if options.diff:
        show_diff(checked)
    return conclude(options, checker, checked, Found((path,)), err=options.fix)


def _passed_on(content: bytes, options: Options) -> Exit:
    if options.fix:
        _write(content)
    return Exit.OK


def _write(content: bytes) -> None:
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
