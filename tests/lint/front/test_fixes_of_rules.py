"""The fixes of all rules, applied to the sources that the rules bring along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from ci_lint.catalogue import RULES as ENTRIES
from ci_lint.checking import Cache, Checker
from ci_lint.findings import Diagnostic
from ci_lint.fixing import mend
from ci_lint.fixing.splicing import parses
from ci_lint.rules import RULES
from ci_lint.settings import Settings

PATH = Path("pipeline.py")
EVERY_RULE = frozenset(rule.code for rule in ENTRIES)
SOURCES = [
    pytest.param(example.source, id=f"{rule.code}-{number}")
    for rule in RULES.values()
    if rule.fix
    for number, example in enumerate(rule.invalid)
]


def fixed(content: bytes, root: Path, *, unsafe: bool) -> bytes:
    checker = Checker(Settings(root, EVERY_RULE), Cache(None))

    def lint(changed: Mapping[Path, bytes]) -> Mapping[Path, Sequence[Diagnostic]]:
        return checker.check([PATH], {PATH: content, **changed})

    result = mend(lint({}), lambda _: content, lint, unsafe=unsafe)
    assert not result.endless
    assert not result.broken
    return result.contents.get(PATH, content)


def dressed(source: str) -> Iterator[tuple[bytes, str, bytes]]:
    """Yield the source as other editors write it, with its encoding and its line end."""
    yield b"\xef\xbb\xbf" + source.replace("\n", "\r\n").encode(), "utf-8", b"\r\n"
    if source.isascii():
        yield f"# coding: latin-1\ntext = 'ä'\n{source}".encode("latin-1"), "latin-1", b"\n"


@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
@pytest.mark.parametrize("source", SOURCES)
def test_fixes_come_to_rest_leave_python_and_touch_nothing_else(
    source: str, unsafe: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second run changes nothing, and line ends, byte order mark and encoding are what they were."""
    monkeypatch.chdir(tmp_path)
    once = fixed(source.encode(), tmp_path, unsafe=unsafe)
    assert parses(once)
    assert fixed(once, tmp_path, unsafe=unsafe) == once
    for content, encoding, end in dressed(source):
        result = fixed(content, tmp_path, unsafe=unsafe)
        mark = content[:3] if content.startswith(b"\xef\xbb\xbf") else b""
        head = content[: content.index(end, content.index(b"text")) + 1] if encoding == "latin-1" else mark
        assert result.startswith(head)
        assert result[len(head) :].decode(encoding).replace(end.decode(), "\n") == once.decode()
        assert result.count(b"\n") == result.count(end)
