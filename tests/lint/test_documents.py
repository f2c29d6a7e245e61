"""The Python of our documents has no mistakes that our own linter knows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from ci_lint.catalogue import RULES
from tests.lint.rules.linting import lint

ROOT: Final = Path(__file__).resolve().parents[2]
DEFAULT: Final = tuple(rule.code for rule in RULES if rule.default)
DOCUMENTS: Final = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").rglob("*.md")]
    if "```python" in path.read_text("utf-8")
)
"""The pages of the rules show mistakes; their own test says which."""

ON_PURPOSE: Final = {"docs/api.md": ["CI017"] * 5}
"""What documents show though it is not complete: how conditions are written, without the stages that answer."""

_BLOCK: Final = re.compile(r"^( *)```python\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def blocks(path: Path) -> list[str]:
    """Return the Python of a document; a fragment gets the import that its reader has in mind."""
    found = [
        re.sub(f"^{indent}", "", code, flags=re.MULTILINE) for indent, code in _BLOCK.findall(path.read_text("utf-8"))
    ]
    return [code if re.search(r"^(import|from) ci\b", code, re.MULTILINE) else f"import ci\n{code}" for code in found]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_python_of_a_document_is_clean(path: Path) -> None:
    found = [f"{each.code} {each.message}" for code in blocks(path) for each in lint(code, *DEFAULT)]
    assert [each[:5] for each in found] == ON_PURPOSE.get(str(path.relative_to(ROOT)), []), "\n".join(found)


def test_there_are_documents_with_python() -> None:
    assert sum(len(blocks(path)) for path in DOCUMENTS) >= 10
