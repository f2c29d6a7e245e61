"""The settings of one run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ci_lint.catalogue import RULES

DEFAULT_RULES: Final = frozenset(rule.code for rule in RULES if rule.default)


@dataclass(frozen=True, slots=True)
class PerFileIgnore:
    """Rules that do not run on some files.

    Attributes:
        pattern: Which files, as in a ``.gitignore`` in the project's root.
        codes: Which rules.
    """

    pattern: str
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run does, after defaults, file and command line have been put together.

    Attributes:
        root: The project's directory, absolute.
        codes: The rules that run.
        per_file_ignores: Exceptions from `codes`.
        exclude: What is not searched for files besides the defaults, as in a ``.gitignore`` in the root.
        src: Directories from which the project imports, absolute; empty means that they are found out.
        package: The name under which the project imports the package `ci`.
    """

    root: Path
    codes: frozenset[str] = DEFAULT_RULES
    per_file_ignores: tuple[PerFileIgnore, ...] = ()
    exclude: tuple[str, ...] = ()
    src: tuple[Path, ...] = field(default=())
    package: str = "ci"
