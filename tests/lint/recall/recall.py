"""Counts what is found when the cases of the rules are written in other ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ci_lint.rules import RULES, Example, Rule
from tests.lint.recall.annotations import ANNOTATIONS
from tests.lint.recall.bindings import BINDINGS
from tests.lint.recall.forms import Keeps
from tests.lint.recall.imports import FORMS, import_variants
from tests.lint.recall.variants import Variant, variants
from tests.lint.rules.linting import codes_of

_PROBES: Final = {
    "name": (
        (Keeps.TYPE, ("item of a list",)),
        (Keeps.OBJECT, ("parameter", "function")),
        (Keeps.ORIGIN, ("nested function",)),
    ),
    "parameter": ((Keeps.TYPE, ("list",)),),
}
"""Forms that tell how much has to be known of an object to see a mistake, by the kind of place."""

ABOUT_LIVES: Final = frozenset({"CI005", "CI016", "CI017", "CI018", "CI019", "CI024", "CI026", "CI027"})
"""Rules about all that happens to a DAG or a builder."""

_REST: Final = {"name": Keeps.LIFE, "parameter": Keeps.OBJECT}

WRONG_WHEN_ASYNC: Final = frozenset({"CI004", "CI022"})
"""Rules whose valid cases become wrong inside an ``async def``."""


@dataclass(frozen=True)
class Miss:
    """A mistake that is not found when it is written in another way."""

    code: str
    number: int
    variant: Variant

    @property
    def name(self) -> tuple[str, int, str]:
        """What the list of misses calls it."""
        return self.code, self.number, self.variant.form


@dataclass
class Tally:
    """What was counted.

    Attributes:
        tried: How many cases were written in each way, where the mistake can be seen.
        found: How many of them were found.
        missed: The others.
    """

    tried: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    missed: list[Miss] = field(default_factory=list)


def count(rules: Iterable[Rule], most: int | None = None) -> Tally:
    """Return what is found of the invalid cases of some rules.

    Args:
        rules: Which.
        most: How many cases of each rule; None is all.
    """
    tally = Tally()
    for rule in rules:
        for number, example in enumerate(rule.invalid[:most]):
            for variant, is_found in _seen(rule, example):
                tally.tried[variant.form] += 1
                tally.found[variant.form] += is_found
                if not is_found:
                    tally.missed.append(Miss(rule.code, number, variant))
    return tally


def _seen(rule: Rule, example: Example) -> Iterator[tuple[Variant, bool]]:
    """Yield the ways to write a case in which the mistake can be seen, and whether it is found."""
    for variant in import_variants(example.source):
        yield variant, _is_found(rule, example, variant)
    by_place: dict[tuple[str, int] | None, dict[str, tuple[Variant, bool]]] = {}
    for variant in variants(example.source):
        by_place.setdefault(variant.place, {})[variant.form] = variant, _is_found(rule, example, variant)
    for place, made in by_place.items():
        needed = _needed(place[0] if place else "name", {form: is_found for form, (_, is_found) in made.items()})
        needed = Keeps.LIFE if rule.code in ABOUT_LIVES else needed
        yield from (each for each in made.values() if each[0].keeps >= needed)


def _needed(kind: str, found: dict[str, bool]) -> Keeps:
    """Return how much has to be known of an object to see a mistake."""
    for keeps, forms in _PROBES[kind]:
        if any(found.get(form) for form in forms):
            return keeps
    return _REST[kind]


def _is_found(rule: Rule, example: Example, variant: Variant) -> bool:
    return codes_of(variant.source, rule.code, beside=variant.beside).count(rule.code) >= example.count


def noise(rules: Iterable[Rule], most: int | None = None) -> list[Miss]:
    """Return the valid cases, written in other ways, in which something is found."""
    return [
        Miss(rule.code, number, variant)
        for rule in rules
        for number, source in enumerate(rule.valid[:most])
        for variant in (*variants(source), *import_variants(source))
        if not (rule.code in WRONG_WHEN_ASYNC and "async def" in variant.source and "async def" not in source)
        if codes_of(variant.source, rule.code, beside=variant.beside)
    ]


def table(tally: Tally) -> str:
    """Return the numbers as a Markdown table, in the order of the forms."""
    order = [*(each.name for each in BINDINGS), *(each.name for each in ANNOTATIONS), *FORMS]
    rows = [f"| {form} | {tally.tried[form]} | {tally.found[form]} |" for form in order if tally.tried[form]]
    total = f"| **all** | {sum(tally.tried.values()):,} | {sum(tally.found.values()):,} |"
    return "\n".join(["| written as | cases | found |", "|---|---|---|", *rows, total]) + "\n"


def all_rules() -> tuple[Rule, ...]:
    """Return every rule that has cases."""
    return tuple(rule for rule in RULES.values() if rule.invalid)
