"""Works out where nodes stand, for files that have findings: it costs as much as writing the file."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import libcst as cst
from libcst._nodes.internal import CodegenState

from ci_lint.findings import Span
from ci_lint.reading.parsing import Parsed
from ci_lint.reading.source import Text


class Positions:
    """Where the nodes of a file stand.

    Attributes:
        text: The file.
    """

    def __init__(self, parsed: Parsed) -> None:
        self.text: Final[Text] = parsed.text
        self._spans = _measure(parsed)

    def span(self, node: cst.CSTNode) -> Span:
        """Return the bytes of a node, without the blanks around it; its own parentheses are left out too."""
        start, end = self._spans[id(node)]
        return Span(start, end)

    def code(self, span: Span) -> str:
        """Return what stands there."""
        return self.text.data[span.start : span.end].decode(self.text.encoding)

    def has_comment(self, span: Span) -> bool:
        """Return whether there may be a comment, which an edit would lose."""
        return b"#" in self.text.data[span.start : span.end]


_STACK: Final = 512 * 1024 * 1024
_RECURSION: Final = 100_000


def _measure(parsed: Parsed) -> dict[int, tuple[int, int]]:
    state = _Measuring(parsed.module, parsed.text)
    try:
        _write(parsed.module, state)
    except RecursionError:
        state = _Measuring(parsed.module, parsed.text)
        _with_a_deep_stack(parsed.module, state)
    return state.spans


def _with_a_deep_stack(module: cst.Module, state: _Measuring) -> None:
    """Write deeply nested code: parsing has limited the depth, but not to what Python takes by default."""
    limit, size = sys.getrecursionlimit(), threading.stack_size(_STACK)
    try:
        sys.setrecursionlimit(_RECURSION)
        thread = threading.Thread(target=_write, args=(module, state))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)


def _write(module: cst.Module, state: _Measuring) -> None:
    module._codegen(state)  # noqa: SLF001 - the public way keeps tokens, not positions


class _Measuring(CodegenState):
    """What LibCST writes the code into; it counts the bytes instead of keeping them."""

    def __init__(self, module: cst.Module, text: Text) -> None:
        super().__init__(module.default_indent, module.default_newline)
        self.spans: dict[int, tuple[int, int]] = {}
        self._position = text.mark
        self._encoding = text.encoding
        self._starts: list[int] = []

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self._position += len(token)

    def add_token(self, value: str) -> None:
        self.tokens.append("")
        self._position += len(value) if value.isascii() else len(value.encode(self._encoding))

    def before_codegen(self, node: cst.CSTNode) -> None:  # noqa: ARG002 - the name is LibCST's
        self._starts.append(self._position)

    def after_codegen(self, node: cst.CSTNode) -> None:
        start = self._starts.pop()
        self.spans.setdefault(id(node), (start, self._position))

    @contextmanager
    def record_syntactic_position(
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,
        end_node: cst.CSTNode | None = None,
    ) -> Iterator[None]:
        start = self._position
        yield
        end = self._position if end_node is None else self.spans[id(end_node)][1]
        self.spans[id(node)] = (start if start_node is None else self.spans[id(start_node)][0], end)
