"""Reads docs/api.md: its tables, and the examples under them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        section: The heading above it.
        owners: The public classes whose methods the section has; empty if it has functions.
        reference: The name in the reference; empty if only we have it.
        here: Our name, as it stands there; empty if there is none.
    """

    section: str
    owners: tuple[str, ...]
    reference: str
    here: str

    @property
    def name(self) -> str:
        """Our name without `ci.`, dot and parameters."""
        return self.here.partition("(")[0].removeprefix("ci.").removeprefix(".")

    @property
    def parameters(self) -> list[str] | None:
        """The names of the parameters, with their stars; None for something that is not called."""
        if "(" not in self.here:
            return None
        inside = re.sub(r"=(\(\)|\"\"|[^,]+)", "", self.here.partition("(")[2].rpartition(")")[0])
        return [name.strip() for name in inside.split(",") if name.strip()]


@dataclass(frozen=True)
class Section:
    """What stands under one heading."""

    heading: str
    text: str

    @property
    def owners(self) -> tuple[str, ...]:
        """The public classes that the heading names."""
        return tuple(name.removeprefix("ci.") for name in CODE.findall(self.heading))

    @property
    def example(self) -> str:
        """The program under the heading."""
        return "\n".join(re.findall(r"^```python\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL))

    @property
    def rows(self) -> list[Row]:
        """The lines of its table, if that compares the reference with us."""
        if "\n| reference | here |" not in self.text:
            return []
        cells = [line.split("|")[1:3] for line in self.text.splitlines() if line.startswith("| ")][1:]
        return [Row(self.heading, self.owners, _code(first), _code(second)) for first, second in cells]


def sections() -> list[Section]:
    """Return the sections of the page."""
    parts = re.split(r"^#{2,3} (.+)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return [Section(heading, text) for heading, text in zip(parts[1::2], parts[2::2], strict=True)]


def _code(cell: str) -> str:
    found = CODE.search(cell)
    return found[1] if found else ""
