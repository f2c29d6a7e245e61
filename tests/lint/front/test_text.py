from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_lint.files import Position, SourceText


@pytest.mark.parametrize(
    ("content", "needle", "line", "column"),
    [
        (b"a = 1\nb = 2\n", b"b", 2, 1),
        ("ä = 'ß'; x\n".encode(), b"x", 1, 10),
        ("日本 = x\n".encode(), b"x", 1, 6),
        ("\ufeffa = x\n".encode(), b"x", 1, 5),
        (b"a = 1\r\nx\r\n", b"x", 2, 1),
        (b"a = 1\rx\r", b"x", 2, 1),
        (b"a = 1\x0c\x0b\nx", b"x", 2, 1),
        ("# coding: latin-1\nä = x\n".encode("latin-1"), b"x", 2, 5),
        ("# coding: nonsense\nä = x\n".encode(), b"x", 2, 5),
        ("a = '\u2028\x85'; x\n".encode(), b"x", 1, 11),
    ],
)
def test_bytes_are_shown_as_lines_and_characters(content: bytes, needle: bytes, line: int, column: int) -> None:
    text = SourceText.of(content)
    assert text.position(content.index(needle)) == Position(line, column)
    assert text.offset(line, column - 1) == content.index(needle)


def test_what_is_no_character_counts_as_one() -> None:
    assert SourceText.of(b"a = '\xff'; x\n").position(9) == Position(1, 10)


def test_what_lies_behind_the_end_is_the_end() -> None:
    assert SourceText.of(b"ab\n").position(99) == Position(2, 1)
    assert SourceText.of(b"").position(0) == Position(1, 1)


@given(st.text(alphabet="aä日🚀\r\n\t\x0c"))
def test_the_way_to_lines_and_columns_can_be_gone_back(source: str) -> None:
    content = source.encode()
    text = SourceText.of(content)
    offset = 0
    for character in source:
        place = text.position(offset)
        if character not in "\r\n":
            assert text.offset(place.line, place.column - 1) == offset
            assert text.line_text(place.line)[place.column - 1] == character
        offset += len(character.encode())
    assert "".join(text.line_text(line) for line in range(1, len(text.starts) + 1)) == source.replace("\r", "").replace(
        "\n", ""
    )
