"""Writes docs/rules from the rules: ``python -m tests.lint.rules.pages --write``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from ci_lint.catalogue import ALWAYS, RULES, RuleEntry
from ci_lint.explanations import EXPLANATIONS, Explanation
from ci_lint.findings import Diagnostic
from ci_lint.rules import RULES as WRITTEN
from ci_lint.rules import Rule
from tests.lint.rules.linting import lint, mended

FOLDER: Final = Path(__file__).resolve().parents[3] / "docs" / "rules"
INDEX: Final = "index.md"
RECALL: Final = "recall.md"

_HEAD: Final = """# Rules of ci-lint

A rule finds something only where it is certain: every value that an expression can have there is an object of `ci`, and
what it says holds on every path. Rules about what is missing from a DAG speak only of DAGs whose whole life can be
seen: made in the file, handed to nobody unknown, with ids that are all known. Blocks that are meant to go wrong, such
as `with pytest.raises(...)`, are left alone.

`ci-lint --explain CI003` prints a page, `--select`, `--ignore` and `--extend-select` choose rules by code or name, and
`# ci-lint: ignore[CI003]` at the end of a line hides a finding. [How much is found](recall.md) when a mistake is
written in other ways is counted.

| code | name | on | fix | finds |
|---|---|---|---|---|
"""
_FOOT: Final = "\nMade from the rules by `python -m tests.lint.rules.pages --write`.\n"


def pages() -> dict[str, str]:
    """Return every page by its file name."""
    made = {f"{entry.code}.md": _page(entry) for entry in (*RULES, *ALWAYS)}
    rows = "".join(_row(entry) for entry in (*RULES, *ALWAYS))
    return {INDEX: f"{_HEAD}{rows}{_FOOT}", **made}


def _row(entry: RuleEntry) -> str:
    state = "always" if entry in ALWAYS else "yes" if entry.default else "no"
    return f"| [{entry.code}]({entry.code}.md) | {entry.name} | {state} | {_fix(entry)} | {entry.summary} |\n"


def _fix(entry: RuleEntry) -> str:
    if entry.code in EXPLANATIONS:
        return "safe" if EXPLANATIONS[entry.code].fix else "-"
    found = [each for example in WRITTEN[entry.code].invalid for each in lint(example.source, entry.code)]
    kinds = {each.fix.safety.value for each in found if each.fix is not None}
    return ", ".join(sorted(kinds)) or ("safe" if WRITTEN[entry.code].fix else "-")


def _page(entry: RuleEntry) -> str:
    state = "Always reported." if entry in ALWAYS else "On by default." if entry.default else "Off by default."
    parts = [f"# {entry.name} ({entry.code})", state]
    if entry.code in EXPLANATIONS:
        parts += _explained(EXPLANATIONS[entry.code])
    else:
        parts += _written(WRITTEN[entry.code])
    return "\n\n".join(parts) + "\n"


def _explained(explanation: Explanation) -> list[str]:
    parts = [explanation.what, f"## Why\n\n{explanation.why}"]
    if explanation.example:
        parts.append(f"## Example\n\n```python\n{explanation.example}```")
    return [*parts, f"## Fix\n\n{explanation.fix or 'None.'}"]


def _written(rule: Rule) -> list[str]:
    parts = [rule.what, f"## Why\n\n{rule.why}"]
    if rule.invalid:
        first = rule.invalid[0]
        found = "".join(f"{_line(first.source, each)}\n" for each in lint(first.source, rule.code))
        parts.append(f"## Example\n\n```python\n{first.source}```\n\n```\n{found}```")
        better = mended(first.source, rule.code) if first.fixed is not None else rule.valid[0]
        parts.append(f"## Better\n\n```python\n{better}```")
    return [*parts, f"## Fix\n\n{rule.fix or 'None: only you know what was meant.'}"]


def _line(source: str, found: Diagnostic) -> str:
    before = source.encode()[: found.span.start].decode()
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return f"pipeline.py:{line}:{column}: {found.code} {found.message}"


def main() -> None:
    """Write the pages, or say which are out of date."""
    if sys.argv[1:] == ["--write"]:
        for name, text in pages().items():
            (FOLDER / name).write_text(text, "utf-8")
        return
    old = [name for name, text in pages().items() if (FOLDER / name).read_text("utf-8") != text]
    sys.exit(f"out of date: {', '.join(old)}; python -m tests.lint.rules.pages --write" if old else 0)


if __name__ == "__main__":
    main()
