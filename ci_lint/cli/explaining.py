"""``--explain`` and ``--list-rules``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ci_lint.catalogue import ALWAYS, RULES, RuleEntry, known_words, rule_named
from ci_lint.deferred import deferred
from ci_lint.errors import UnknownRule, did_you_mean
from ci_lint.explanations import EXPLANATIONS, Explanation

if TYPE_CHECKING:
    from ci_lint.rules import registry
else:
    registry = deferred("ci_lint.rules.registry")


def explained(word: str) -> str:
    """Return what a rule finds, why, an example, and how it is mended; Markdown.

    Raises:
        UnknownRule: No rule is called so.
    """
    entry = rule_named(word) or rule_named(word.upper()) or rule_named(word.lower())
    if entry is None:
        hint = did_you_mean(word.upper() if word[:2].lower() == "ci" else word, known_words())
        raise UnknownRule(f"--explain: no rule is called {word!r}{hint}; `ci-lint --list-rules` prints all")
    explanation = _explanation(entry)
    parts = [f"# {entry.name} ({entry.code})", _state(entry), explanation.what, "## Why", explanation.why]
    if explanation.example:
        parts += ["## Example", f"```python\n{explanation.example.strip()}\n```"]
    parts += ["## Fix", explanation.fix or "None: only you know what was meant."]
    if entry not in ALWAYS:
        parts += ["## Suppress", f"```python\n...  # ci-lint: ignore[{entry.code}]\n```"]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _state(entry: RuleEntry) -> str:
    if entry in ALWAYS:
        return "Always reported."
    return "On by default." if entry.default else f"Off by default; `--extend-select {entry.code}` turns it on."


def _explanation(entry: RuleEntry) -> Explanation:
    if entry.code in EXPLANATIONS:
        return EXPLANATIONS[entry.code]
    rule = registry.RULES[entry.code]
    return Explanation(rule.what, rule.why, rule.example, rule.fix)


def listed(form: str) -> str:
    """Return all rules, one a line; as JSON where that is asked for."""
    if form in {"json", "jsonl"}:
        rules = [
            {"code": rule.code, "name": rule.name, "summary": rule.summary, "default": rule.default, "optional": True}
            for rule in RULES
        ] + [
            {"code": rule.code, "name": rule.name, "summary": rule.summary, "default": True, "optional": False}
            for rule in ALWAYS
        ]
        if form == "jsonl":
            return "".join(f"{json.dumps(rule)}\n" for rule in rules)
        return json.dumps(rules, indent=2) + "\n"
    width = max(len(rule.name) for rule in (*RULES, *ALWAYS))
    return "".join(
        f"{click.style(rule.code, bold=True)} {'*' if rule.default else ' '} {rule.name:<{width}}  {rule.summary}\n"
        for rule in (*RULES, *ALWAYS)
    )
