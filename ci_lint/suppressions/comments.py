"""The comments of a file, and the statements that they stand at."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ci_lint.files import SourceText

_NO_CODE: Final = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment and the lines that it speaks for.

    Attributes:
        start: The byte of its ``#``.
        text: From the ``#`` to the end of the line.
        line: Its line, from 1.
        first: The first line that it speaks for.
        last: The last line that it speaks for.
        alone: Whether nothing else stands on its line.
    """

    start: int
    text: str
    line: int
    first: int
    last: int
    alone: bool


@dataclass(frozen=True, slots=True)
class _Bare:
    """A comment before it is known what it speaks for."""

    row: int
    column: int
    text: str
    alone: bool


def comments_of(text: SourceText) -> list[Comment]:
    """Return the comments of a file in order; none if it is not Python.

    A comment that stands alone speaks for the statement below. Behind the first or the last line of a statement it
    speaks for the whole statement, and in between for its line.
    """
    try:
        return list(_comments(text))
    except (tokenize.TokenError, SyntaxError, ValueError):
        # Its syntax error is the finding; nothing else is said about such a file, so nothing can be hidden in it.
        return []


def _comments(text: SourceText) -> Iterator[Comment]:
    waiting: list[_Bare] = []
    first: int | None = None
    for token in tokenize.generate_tokens(io.StringIO(_normalized(text)).readline):
        if token.type == tokenize.COMMENT:
            alone = not token.line[: token.start[1]].strip()
            waiting.append(_Bare(token.start[0], token.start[1], token.string, alone))
        elif token.type == tokenize.NEWLINE and first is not None:
            yield from _placed(text, waiting, first, token.start[0])
            waiting, first = [], None
        elif token.type not in _NO_CODE and first is None:
            first = token.start[0]
    yield from _placed(text, waiting, None, 0)


def _normalized(text: SourceText) -> str:
    """Return the text with LF alone, as the tokenizer wants it; rows and columns stay the same.

    Raises:
        UnicodeDecodeError: The file is not what it says it is.
    """
    text.content.decode(text.encoding)
    return "".join(f"{text.line_text(line)}\n" for line in range(1, len(text.starts) + 1))


def _placed(text: SourceText, comments: list[_Bare], first: int | None, last: int) -> Iterator[Comment]:
    """Yield comments that belong to the statement from line `first` to `last`; None if no statement follows them."""
    for bare in comments:
        if first is None:
            span = (bare.row, bare.row)
        elif bare.row < first or bare.row in {first, last}:
            span = (first, last)
        else:
            span = (bare.row, bare.row)
        yield Comment(text.offset(bare.row, bare.column), bare.text, bare.row, *span, bare.alone)
