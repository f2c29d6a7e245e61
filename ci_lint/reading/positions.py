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
        recorder = _record(parsed.module)
        self._ranges = recorder.ranges
        self._starts, self._ends = _place(recorder.tokens, parsed.text)

    def span(self, node: cst.CSTNode) -> Span:
        """Return the bytes of a node, without the blanks around it."""
        first, last = self._ranges[id(node)]
        end = self._ends[last]
        return Span(min(self._starts[first], end) if first == last else self._starts[first], end)

    def code(self, span: Span) -> str:
        """Return what stands there."""
        return self.text.data[span.start : span.end].decode(self.text.encoding)

    def has_comment(self, span: Span) -> bool:
        """Return whether there may be a comment, which an edit would lose."""
        return b"#" in self.text.data[span.start : span.end]


_STACK: Final = 512 * 1024 * 1024
_RECURSION: Final = 100_000
_BLANKS: Final = frozenset({b" ", b"\t", b"\f"})
"""What LibCST leaves out of its tree before a form feed at the start of a line, the form feed included."""


def _place(tokens: list[str], text: Text) -> tuple[list[int], list[int]]:
    """Return where tokens start and where they end: an entry for each token, and one for what stands between two.

    The start of an empty token is that of the next one; entry `i` of the ends is the end of what stands before token
    `i`.
    """
    data, encoding = text.data, text.encoding
    has_feeds = b"\f" in data
    position = text.mark
    starts, ends = [], [position]
    for token in tokens:
        said = token.encode(encoding)
        while has_feeds and said and not data.startswith(said, position) and data[position : position + 1] in _BLANKS:
            position += 1
        starts.append(position if said else -1)
        position += len(said)
        ends.append(position)
    starts.append(position)
    for index in range(len(tokens) - 1, -1, -1):
        if starts[index] < 0:
            starts[index] = starts[index + 1]
    return starts, ends


def _record(module: cst.Module) -> _Recorder:
    recorder = _Recorder(module)
    try:
        _write(module, recorder)
    except RecursionError:
        recorder = _Recorder(module)
        _with_a_deep_stack(module, recorder)
    return recorder


def _with_a_deep_stack(module: cst.Module, recorder: _Recorder) -> None:
    """Write deeply nested code: parsing has limited the depth, but not to what Python takes by default."""
    limit, size = sys.getrecursionlimit(), threading.stack_size(_STACK)
    try:
        sys.setrecursionlimit(_RECURSION)
        thread = threading.Thread(target=_write, args=(module, recorder))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)


def _write(module: cst.Module, recorder: _Recorder) -> None:
    module._codegen(recorder)  # noqa: SLF001 - the public way keeps the code, not the places


class _Recorder(CodegenState):
    """What LibCST writes the code into: it remembers which tokens belong to which node."""

    def __init__(self, module: cst.Module) -> None:
        super().__init__(module.default_indent, module.default_newline)
        self.ranges: dict[int, tuple[int, int]] = {}
        self._starts: list[int] = []

    def before_codegen(self, node: cst.CSTNode) -> None:  # noqa: ARG002 - the name is LibCST's
        self._starts.append(len(self.tokens))

    def after_codegen(self, node: cst.CSTNode) -> None:
        start = self._starts.pop()
        self.ranges.setdefault(id(node), (start, len(self.tokens)))

    @contextmanager
    def record_syntactic_position(
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,
        end_node: cst.CSTNode | None = None,
    ) -> Iterator[None]:
        start = len(self.tokens)
        yield
        end = len(self.tokens) if end_node is None else self.ranges[id(end_node)][1]
        self.ranges[id(node)] = (start if start_node is None else self.ranges[id(start_node)][0], end)
