"""What a setting is: its flag, its variable, the rule for its values. The settings themselves are in `config`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from turboci.errors import InvalidArgument

SettingValue: TypeAlias = int | float | str | None

METADATA_KEY: Final = "setting"


class Rule(Protocol):
    """Which values a setting takes."""

    @property
    def words(self) -> str:
        """The rule as the end of a sentence, such as ``a whole number from 0 to 65,535 is needed``."""
        ...

    def parse(self, text: str) -> SettingValue:
        """Return the value that `text` spells; a ValueError if it spells none."""
        ...

    def allows(self, value: object) -> bool:
        """Return whether the value is in range."""
        ...

    def spell(self, value: SettingValue) -> str:
        """Return a text that `parse` reads as the value."""
        ...


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """A whole number within bounds."""

    low: int
    high: int

    @property
    def words(self) -> str:
        """The rule as the end of a sentence."""
        return f"a whole number from {self.low:,} to {self.high:,} is needed"

    def parse(self, text: str) -> int:
        """Return the number, with or without digit groups."""
        return int(text.replace(",", ""))

    def allows(self, value: object) -> bool:
        """Return whether it is a whole number within the bounds."""
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high

    def spell(self, value: SettingValue) -> str:
        """Return the value as text."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Seconds:
    """A time in seconds; `absent` is the word for None where None is allowed."""

    low: float
    high: float
    absent: str = ""

    @property
    def words(self) -> str:
        """The rule as the end of a sentence."""
        words = f"seconds from {self.low:,g} to {self.high:,g}"
        return f"{words}, or {self.absent!r}, are needed" if self.absent else f"{words} are needed"

    def parse(self, text: str) -> float | None:
        """Return the seconds, or None for the word that means none."""
        return None if self.absent and text == self.absent else float(text)

    def allows(self, value: object) -> bool:
        """Return whether it is a finite time within the bounds."""
        if value is None:
            return bool(self.absent)
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return False
        return math.isfinite(value) and self.low <= value <= self.high

    def spell(self, value: SettingValue) -> str:
        """Return the value as text, None as the word for it."""
        return self.absent if value is None else str(value).removesuffix(".0")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    options: Sequence[str]

    @property
    def words(self) -> str:
        """The rule as the end of a sentence."""
        return f"one of {', '.join(self.options)} is needed"

    def parse(self, text: str) -> str:
        """Return the word, whatever its case."""
        folded = {option.casefold(): option for option in self.options}
        return folded.get(text.casefold(), text)

    def allows(self, value: object) -> bool:
        """Return whether it is one of the words."""
        return value in self.options

    def spell(self, value: SettingValue) -> str:
        """Return the value as text."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Text:
    """Any text without control characters; `absent` is the word for None where None is allowed."""

    what: str
    absent: str = ""

    @property
    def words(self) -> str:
        """The rule as the end of a sentence."""
        return f"{self.what}, or {self.absent!r}, is needed" if self.absent else f"{self.what} is needed"

    def parse(self, text: str) -> str | None:
        """Return the text, or None for the word that means none."""
        return None if self.absent and text == self.absent else text

    def allows(self, value: object) -> bool:
        """Return whether it is printable text that is not empty."""
        if value is None:
            return bool(self.absent)
        return isinstance(value, str) and bool(value) and value.isprintable()

    def spell(self, value: SettingValue) -> str:
        """Return the value as text, None as the word for it."""
        return self.absent if value is None else str(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What the fields of the configuration say of themselves."""

    help: str
    rule: Rule
    flag: str
    variable: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One thing that can be configured.

    Attributes:
        name: Its field in `orchestrator.config.Config`.
        flag: Its flag of ``turboci serve`` and ``python -m orchestrator``.
        variable: Its environment variable.
        default: What holds if neither is given.
    """

    name: str
    flag: str
    variable: str
    help: str
    rule: Rule
    default: SettingValue

    @property
    def default_text(self) -> str:
        """The default as it would be written on the command line."""
        return self.rule.spell(self.default)

    def parse(self, text: str, *, source: str) -> SettingValue:
        """Return the value that `text` spells.

        Args:
            text: What was given.
            source: Where it was given: the flag or the variable.

        Raises:
            InvalidArgument: It breaks the rule.
        """
        try:
            value = self.rule.parse(text.strip())
        except ValueError:
            raise self._refused(source, text) from None
        if not self.rule.allows(value):
            raise self._refused(source, text)
        return value

    def require(self, value: object) -> None:
        """Accept a value that was given in code.

        Raises:
            InvalidArgument: It breaks the rule.
        """
        if not self.rule.allows(value):
            raise self._refused(f"setting {self.name}", value)

    def _refused(self, source: str, value: object) -> InvalidArgument:
        return InvalidArgument(source, f"is {value!r}", hint=self.rule.words, field=self.name)
