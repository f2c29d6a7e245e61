"""Named SQL statements, kept in .sql files where people and editors can read them as SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

_NAME = re.compile(r"^--\s*name:(?P<name>.*)$", re.MULTILINE)
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")


class Statements(dict[str, str]):
    """The statements of one file by name."""

    def __init__(self, source: str, texts: Mapping[str, str]) -> None:
        super().__init__(texts)
        self._source = source

    def __missing__(self, name: str) -> str:
        raise KeyError(f"{self._source} has no statement {name!r}; it has {', '.join(sorted(self))}")


def statements(topic: str, *, directory: Traversable | None = None) -> Statements:
    """Load the statements of ``<topic>.sql``.

    Args:
        topic: Name of the file without its ending.
        directory: Where it lies; by default ``orchestrator/storage/sql``.

    Raises:
        ValueError: The file names a statement twice, has a name without exactly one, or has SQL before the first name.
        FileNotFoundError: There is no such file.
    """
    folder = directory if directory is not None else files("orchestrator.storage").joinpath("sql")
    source = f"{topic}.sql"
    return Statements(source, parse_statements(source, folder.joinpath(source).read_text(encoding="utf-8")))


def parse_statements(source: str, text: str) -> dict[str, str]:
    """Split `text` at its ``-- name:`` lines; comments and the closing semicolon are left out.

    Raises:
        ValueError: As for `statements`.
    """
    preamble, *parts = _NAME.split(text)
    if _without_comments(preamble):
        raise ValueError(f"{source} has SQL before its first '-- name:' line; name every statement")
    found: dict[str, str] = {}
    for name, body in zip((part.strip() for part in parts[::2]), parts[1::2], strict=True):
        if not _IDENTIFIER.fullmatch(name):
            raise ValueError(f"{source} names a statement {name!r}; a name is lower case letters, digits and _")
        if name in found:
            raise ValueError(f"{source} names statement {name!r} twice; names are unique in a file")
        found[name] = _without_comments(body)
        if not found[name]:
            raise ValueError(f"{source} has no SQL for statement {name!r}; write one statement below its name")
        if ";\n" in found[name]:
            raise ValueError(f"{source} has more than one statement under {name!r}; give each a name")
    return found


def _without_comments(sql: str) -> str:
    lines = (line.strip() for line in sql.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("--")).strip().removesuffix(";")
