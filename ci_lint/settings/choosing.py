"""Which rules run: words for rules and for groups of them, and how they add up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ci_lint.catalogue import ALWAYS, RULES, known_words, rule_named
from ci_lint.errors import UnknownRule, did_you_mean

EVERYTHING = "ALL"


def codes_of(word: str, where: str) -> frozenset[str]:
    """Return the codes that a word stands for: a code, a name, the beginning of codes, or ``ALL``.

    Args:
        word: Such as ``CI003``, ``duplicate-dependency`` or ``CI0``.
        where: Who says so, for the error, such as ``--select``.

    Raises:
        UnknownRule: The word stands for no rule, or for one that is not optional.
    """
    if word == EVERYTHING:
        return frozenset(rule.code for rule in RULES)
    if (exact := rule_named(word)) is not None:
        if exact in ALWAYS:
            raise UnknownRule(f"{where}: {exact.code} ({exact.name}) is always reported; leave it out")
        return frozenset({exact.code})
    if word.startswith("CI") and (found := frozenset(rule.code for rule in RULES if rule.code.startswith(word))):
        return found
    hint = did_you_mean(word.upper() if word[:2].lower() == "ci" else word, known_words())
    raise UnknownRule(f"{where}: no rule is called {word!r}{hint}; `ci-lint --list-rules` prints all")


def _weight(word: str) -> int:
    """Return how closely a word says what it means: the closer one wins."""
    if word == EVERYTHING:
        return 0
    return 100 if rule_named(word) else len(word)


@dataclass(frozen=True, slots=True)
class Choice:
    """What one place, a file or the command line, says about rules.

    Attributes:
        select: Run exactly these; None leaves the choice as it is.
        extend_select: Run these too.
        ignore: Do not run these.
        where: Who says so, for errors; the option's name is put behind it.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    where: str = "--"

    def applied_to(self, chosen: frozenset[str]) -> frozenset[str]:
        """Return the codes that run, given those that ran before this was said.

        The closer word wins, so ``select = ["CI0"], ignore = ["CI003"]`` leaves out one rule; of two equally close ones
        ``ignore`` wins.

        Raises:
            UnknownRule: A word stands for no rule.
        """
        wanted = [(word, codes_of(word, f"{self.where}select")) for word in self.select or ()]
        wanted += [(word, codes_of(word, f"{self.where}extend-select")) for word in self.extend_select]
        unwanted = [(word, codes_of(word, f"{self.where}ignore")) for word in self.ignore]
        result = chosen if self.select is None else frozenset[str]()
        steps = sorted([(_weight(word), 0, codes) for word, codes in wanted] + _removals(unwanted), key=_order)
        for _, removes, codes in steps:
            result = result - codes if removes else result | codes
        return result


def _removals(unwanted: Iterable[tuple[str, frozenset[str]]]) -> list[tuple[int, int, frozenset[str]]]:
    return [(_weight(word), 1, codes) for word, codes in unwanted]


def _order(step: tuple[int, int, frozenset[str]]) -> tuple[int, int]:
    return step[:2]


def chosen_codes(choices: Sequence[Choice]) -> frozenset[str]:
    """Return the codes that run after all has been said, the file first and the command line last.

    Raises:
        UnknownRule: A word stands for no rule.
    """
    result = frozenset(rule.code for rule in RULES if rule.default)
    for choice in choices:
        result = choice.applied_to(result)
    return result
