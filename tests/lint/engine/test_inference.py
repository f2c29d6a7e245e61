"""What inference knows, rule by rule of its design; `test_agreement` has what type checkers know too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.lint.engine.revealing import revealed

HEAD: Final = "import ci\nimport typing\nfrom typing import *\n"
BLOCKS: Final = dict(
    re.findall(r"^== (.+)\n((?:(?!== ).*\n)+)", Path(__file__).with_name("known.txt").read_text("utf-8"), re.MULTILINE)
)


def test_all_blocks_are_read() -> None:
    assert len(BLOCKS) >= 95


@pytest.mark.parametrize("name", BLOCKS)
def test_inference_knows(name: str) -> None:
    """What stands behind ``#:`` in `known.txt` is what is known."""
    assert revealed(HEAD + BLOCKS[name]) == re.findall(r"#: (.+)", BLOCKS[name])
