"""The keys of ``[tool.ci-lint]``, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ci_lint.errors import ConfigurationError, did_you_mean
from ci_lint.settings.choosing import Choice, codes_of
from ci_lint.settings.settings import PerFileIgnore, Settings

KEYS: Final = ("select", "extend-select", "ignore", "per-file-ignores", "exclude", "src", "package")


@dataclass(frozen=True, slots=True)
class Section:
    """What a file says.

    Attributes:
        settings: All but the choice of rules.
        choice: The choice of rules, to which the command line may add.
    """

    settings: Settings
    choice: Choice


@dataclass(frozen=True, slots=True)
class _Reader:
    """One table, its file and the prefix of its keys, for errors."""

    table: dict[str, object]
    file: Path
    prefix: str

    def place(self, key: str) -> str:
        return f"{self.prefix}{key} of {self.file}"

    def words(self, key: str) -> tuple[str, ...]:
        return _words(self.table.get(key, []), self.place(key))

    def word(self, key: str, default: str) -> str:
        value = self.table.get(key, default)
        if not isinstance(value, str):
            raise ConfigurationError(f"{self.place(key)} is {_kind(value)}; it has to be a string")
        return value

    def tables(self, key: str) -> dict[str, object]:
        return _table(self.table.get(key, {}), self.place(key))


def _kind(value: object) -> str:
    names = {bool: "a boolean", int: "an integer", float: "a float", str: "a string", list: "a list", dict: "a table"}
    return f"{names.get(type(value), type(value).__name__)} ({value!r})"


def _words(value: object, place: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        hint = f"; write [{value!r}]" if isinstance(value, str) else ""
        raise ConfigurationError(f"{place} is {_kind(value)}; it has to be a list of strings{hint}")
    for index, item in enumerate(value):
        if not isinstance(item, str):
            raise ConfigurationError(f"{place}[{index}] is {_kind(item)}; it has to be a string")
    return tuple(value)


def _table(value: object, place: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{place} is {_kind(value)}; it has to be a table")
    return value


def read_section(value: object, file: Path, prefix: str) -> Section:
    """Return what a table says.

    Args:
        value: The table as TOML has it.
        file: Where it stands; relative paths in it start from its directory.
        prefix: What the keys are called in errors before their own names, such as ``tool.ci-lint.``.

    Raises:
        ConfigurationError: A key is unknown, or its value is of the wrong type.
        UnknownRule: A word stands for no rule.
    """
    table = _table(value, f"{prefix.rstrip('.') or 'all'} of {file}")
    for key in table:
        if key not in KEYS:
            known = ", ".join(KEYS)
            raise ConfigurationError(
                f"{file} has an unknown key {prefix}{key}{did_you_mean(key, KEYS)}; known: {known}"
            )
    reader = _Reader(table, file, prefix)
    root = file.resolve().parent
    settings = Settings(
        root,
        per_file_ignores=_per_file_ignores(reader),
        exclude=reader.words("exclude"),
        src=_source_directories(reader, root),
        package=_package(reader),
    )
    return Section(settings, _choice(reader))


def _choice(reader: _Reader) -> Choice:
    select = reader.words("select") if "select" in reader.table else None
    return Choice(select, reader.words("extend-select"), reader.words("ignore"), f"{reader.file}: {reader.prefix}")


def _per_file_ignores(reader: _Reader) -> tuple[PerFileIgnore, ...]:
    found = []
    for pattern, value in reader.tables("per-file-ignores").items():
        place = reader.place(f'per-file-ignores."{pattern}"')
        codes = frozenset[str]().union(*(codes_of(word, place) for word in _words(value, place)))
        found.append(PerFileIgnore(pattern, codes))
    return tuple(found)


def _source_directories(reader: _Reader, root: Path) -> tuple[Path, ...]:
    directories = tuple(root / word for word in reader.words("src"))
    for directory in directories:
        if not directory.is_dir():
            raise ConfigurationError(f"{reader.place('src')} names {directory}, which is not a directory")
    return directories


def _package(reader: _Reader) -> str:
    package = reader.word("package", "ci")
    if not all(part.isidentifier() for part in package.split(".")):
        raise ConfigurationError(f"{reader.place('package')} is {package!r}; it has to be the name of a package")
    return package
