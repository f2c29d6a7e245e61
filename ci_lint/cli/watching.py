"""``--watch``: check again whenever a file changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Final

import watchfiles

from ci_lint.cli.exits import Exit
from ci_lint.cli.options import Options
from ci_lint.cli.screen import complain, remark
from ci_lint.errors import LintError
from ci_lint.files.ignoring import NEVER
from ci_lint.settings.locating import PYPROJECT, common_directory, find_configuration

_TURN: Final = 200
"""Milliseconds after which it is looked whether somebody wants it to end."""


class _Sources(watchfiles.DefaultFilter):
    """Python files and configurations, outside of directories that never hold source."""

    ignore_dirs = tuple(NEVER)

    def __call__(self, change: watchfiles.Change, path: str) -> bool:
        """Return whether a change matters."""
        return path.endswith((".py", ".toml", ".gitignore")) and super().__call__(change, path)


def watch(options: Options, run: Callable[[Options], Exit], stop: Event | None = None) -> Exit:
    """Run once, and again after each change, until Ctrl-C.

    Args:
        options: What is to be run.
        run: Runs it.
        stop: Ends it too.

    Returns:
        The exit code of the last run.

    Raises:
        LintError: The first run cannot be done; later, such as while a configuration is being written, it is only said.
    """
    changed = watchfiles.watch(
        *_targets(options),
        watch_filter=_Sources(),
        stop_event=stop,
        rust_timeout=_TURN,
        yield_on_timeout=True,
        raise_interrupt=False,
    )
    # From here on nothing is missed: what changes during the first run comes after it.
    next(changed, None)
    exit = run(options)
    remark("ci-lint: waiting for changes; Ctrl-C ends it")
    for changes in changed:
        if not changes:
            continue
        names = sorted({Path(path).name for _, path in changes})
        remark(f"\nci-lint: {', '.join(names[:3])}{' and others' if len(names) > 3 else ''} changed")
        try:
            exit = run(options)
        except LintError as error:
            exit = Exit.ERROR
            complain(str(error))
    return exit


def _targets(options: Options) -> list[Path]:
    """Return what is watched: what was named, and the configuration."""
    targets = list(options.paths) or [Path()]
    configuration = options.config or find_configuration(common_directory(options.paths))
    if configuration is not None and not any(_is_below(configuration, target) for target in targets):
        targets.append(configuration)
    return targets


def _is_below(path: Path, target: Path) -> bool:
    return path.name == PYPROJECT and path.absolute().is_relative_to(target.absolute())
