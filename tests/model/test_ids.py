"""The grammar of ids."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.model import strategies
from turboci.errors import EmptyIdError, InvalidArgument
from turboci.ids import MAX_ID_BYTES, new_id, require_id

FORBIDDEN = {"Cc", "Cs", "Cn", "Zl", "Zp"}


@given(strategies.ids)
@example("build:linux/x86_64.release")
@example("Überprüfung")
@example("x" * MAX_ID_BYTES)
def test_printable_text_is_an_id(text: str) -> None:
    """Printable text of at most 255 bytes is an id, and is returned as it is."""
    assert require_id(text, "check") is text


@given(st.text(st.characters(exclude_categories=()), max_size=300))
@example("a\n")
@example("\x7f")
@example("\ud800")
@example("é" * 128)
@example("a\u2028b")
def test_grammar_is_complete(text: str) -> None:
    """Any text is either an id by the definition or is refused with the field and the thing."""
    printable = not any(unicodedata.category(char) in FORBIDDEN for char in text)
    if text and printable and len(text.encode()) <= MAX_ID_BYTES:
        assert require_id(text, "stage", field="stages[0].id") == text
    else:
        with pytest.raises(InvalidArgument, match=r"^stage id ") as caught:
            require_id(text, "stage", field="stages[0].id")
        assert caught.value.field == "stages[0].id"
        assert str(caught.value).isprintable()


def test_empty_id_has_its_own_error() -> None:
    """The empty string is refused as what it is."""
    with pytest.raises(EmptyIdError, match="check id is empty; give every node a name"):
        require_id("", "check")


@pytest.mark.parametrize("value", [None, 7, b"build", ["build"]])
def test_other_types_are_refused(value: object) -> None:
    """Only strings are ids."""
    with pytest.raises(InvalidArgument, match="ids are strings"):
        require_id(value, "check")


def test_huge_id_is_refused_in_few_words() -> None:
    """The message about an id of a megabyte does not repeat it."""
    with pytest.raises(InvalidArgument, match="has 1,000,000 bytes; at most 255 are allowed") as caught:
        require_id("x" * 1_000_000, "check")
    assert len(str(caught.value)) < 200


def test_new_ids_differ() -> None:
    """New ids are ids, and no two are the same."""
    made = {new_id() for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(require_id(id, "work plan") for id in made)
