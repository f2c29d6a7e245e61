"""The options of `ci-lint`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from ci_lint.reports import FORMS
from ci_lint.settings import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says; the names are those of the options."""

    paths: tuple[Path, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    config: Path | None = None
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    statistics: bool = False
    show_source: bool | None = None
    output_format: str = "full"
    output_file: Path | None = None
    jobs: int = 1
    cache: bool = True
    force_exclude: bool = False
    stdin_filename: Path | None = None
    explain: str | None = None
    list_rules: bool = False
    exit_zero: bool = False
    watch: bool = False

    @property
    def choice(self) -> Choice:
        """What it says about rules."""
        return Choice(self.select or None, self.extend_select, self.ignore)

    @property
    def reads_stdin(self) -> bool:
        """Whether the source comes from standard input."""
        return Path("-") in self.paths


def _split(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG001
    """Return the words of all times that an option was given."""
    return tuple(word.strip() for words in value for word in words.split(",") if word.strip())


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _rules(name: str, help: str) -> click.Option:
    return click.Option([name], multiple=True, callback=_split, metavar="RULES", help=help)


def _flag(name: str, help: str) -> click.Option:
    return click.Option([name], is_flag=True, help=help)


_FILE: Final = click.Path(path_type=Path)

PARAMETERS: Final[tuple[click.Parameter, ...]] = (
    click.Argument(["paths"], nargs=-1, type=click.Path(path_type=Path, allow_dash=True), metavar="[PATHS]..."),
    _rules("--select", "Run exactly these: codes, names, beginnings of codes such as CI0, or ALL. With commas."),
    _rules("--ignore", "Do not run these."),
    _rules("--extend-select", "Run these too."),
    click.Option(["--config"], type=_FILE, metavar="FILE", help="Read this file, not the nearest pyproject.toml."),
    _flag("--fix", "Mend what can be mended without changing what the code does."),
    _flag("--unsafe-fixes", "With --fix or --diff: mend also where the code may do something else afterwards."),
    _flag("--diff", "Write nothing; print what --fix would change, as a patch."),
    _flag("--statistics", "Print how many findings there are of each rule instead of the findings."),
    click.Option(
        ["--show-source/--no-show-source"],
        default=None,
        help="Show the lines that findings stand in; `full` does, `concise` does not, unless told.",
    ),
    click.Option(["--output-format"], type=click.Choice(FORMS), default="full", show_default=True, help="The form."),
    click.Option(["--output-file"], type=_FILE, metavar="FILE", help="Write the findings there."),
    click.Option(
        ["-j", "--jobs"],
        type=click.IntRange(min=1),
        default=processors,
        metavar="N",
        help="The most processes; used only where there is much to look at.  [default: all processors]",
    ),
    click.Option(["--cache/--no-cache"], default=True, help="Whether to use what earlier runs found out."),
    _flag("--force-exclude", "Leave out excluded files even if they are named, as pre-commit names them."),
    click.Option(["--stdin-filename"], type=_FILE, metavar="FILE", help="With `-`: the file that standard input is."),
    click.Option(["--explain"], metavar="RULE", help="Print what a rule finds, why, and how it is mended."),
    _flag("--list-rules", "Print all rules; those with a star run unless you say otherwise."),
    _flag("--exit-zero", "End with 0 although there are findings."),
    _flag("--watch", "Stay, and check again whenever a file changes."),
)


def complaint_about(options: Options) -> str:
    """Return why options do not go together; empty if they do."""
    if options.unsafe_fixes and not (options.fix or options.diff):
        return "--unsafe-fixes says which fixes are applied; add --fix or --diff"
    if options.fix and options.diff:
        return "--fix writes and --diff does not; give one of them"
    if options.reads_stdin and len(options.paths) > 1:
        return "`-` is standard input, and stands alone; leave the other paths out"
    if options.stdin_filename and not options.reads_stdin:
        return "--stdin-filename says what standard input is; add `-`"
    if options.watch and (options.reads_stdin or options.diff):
        return "--watch waits for files to change, which does not go with `-` or --diff"
    return ""
