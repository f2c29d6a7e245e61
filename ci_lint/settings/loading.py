"""Settings from a file and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ci_lint.deferred import deferred
from ci_lint.errors import ConfigurationError
from ci_lint.settings.choosing import Choice, chosen_codes
from ci_lint.settings.locating import PYPROJECT, common_directory, find_configuration, find_root
from ci_lint.settings.section import Section, read_section
from ci_lint.settings.settings import Settings

if TYPE_CHECKING:
    import tomllib
else:
    tomllib = deferred("tomllib")


def load(paths: Sequence[Path] = (), config: Path | None = None, said: Choice | None = None) -> Settings:
    """Return the settings for a run over some paths.

    Args:
        paths: What is to be checked; the project is looked for at and above them.
        config: The file to read; None looks for a pyproject.toml with a section ``[tool.ci-lint]``.
        said: What the command line says about rules.

    Raises:
        ConfigurationError: The file cannot be read, or says what nobody understands.
        UnknownRule: A word stands for no rule.
    """
    start = common_directory(paths)
    file = config or find_configuration(start)
    section = None if file is None else _section_of(file, demanded=config is not None)
    choices = [choice for choice in (section and section.choice, said) if choice]
    if file is None or section is None:
        return Settings(find_root(start), chosen_codes(choices))
    return replace(section.settings, codes=chosen_codes(choices))


def _section_of(file: Path, *, demanded: bool) -> Section | None:
    """Return what a file says to us; None if it says nothing and nobody demanded it."""
    table = _tables(file)
    if file.name == PYPROJECT or "tool" in table:
        tool = table.get("tool", {})
        found = tool.get("ci-lint") if isinstance(tool, dict) else None
        if found is None:
            if demanded:
                raise ConfigurationError(f"{file} has no section [tool.ci-lint]")
            return None
        return read_section(found, file, "tool.ci-lint.")
    return read_section(table, file, "")


def _tables(file: Path) -> dict[str, object]:
    try:
        text = file.read_bytes().decode()
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file} is not UTF-8 (byte {error.start}); TOML has to be") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file} is not valid TOML: {error}") from error
