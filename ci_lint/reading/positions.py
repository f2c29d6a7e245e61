"""Works out where nodes stand, for files that have findings: it costs as much as writing the code."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

import libcst as cst
from libcst._nodes.internal import CodegenState

from ci_lint.findings import Span
from ci_lint.reading.parsing import Parsed
from ci_lint.reading.source import Text
from ci_lint.reading.tree import nodes

_Statement: TypeAlias = cst.SimpleStatementLine | cst.BaseCompoundStatement


class Positions:
    """Where the nodes of a file stand.

    Attributes:
        text: The file.
    """

    def __init__(self, parsed: Parsed) -> None:
        self.text: Final[Text] = parsed.text
        self._parsed = parsed
        self._written: list[_Written] = []
        self._nodes: dict[int, frozenset[int]] = {}
        self._is_whole = False

    def span(self, node: cst.CSTNode) -> Span:
        """Return the bytes of a node, without the blanks around it."""
        written = self._with(node) or self._write(node)
        first, last = written.ranges[id(node)]
        end = written.ends[last]
        return Span(min(written.starts[first], end) if first == last else written.starts[first], end)

    def _with(self, node: cst.CSTNode) -> _Written | None:
        return next((each for each in self._written if id(node) in each.ranges), None)

    def _write(self, node: cst.CSTNode) -> _Written:
        """Write the statement of the module that a node is in; if that is not clear, the whole module."""
        written = None if self._is_whole else self._statement_of(node)
        if written is None:
            self._is_whole = True
            written = _place(_record(self._parsed.module, self._parsed.module), self.text, self.text.mark)
        self._written.append(written)
        return written

    def _statement_of(self, node: cst.CSTNode) -> _Written | None:
        place = next((each for each in self._lines if id(node) in self._inner(each)), None)
        if place is None:
            return None
        statement, line = self._lines[place]
        start = self.text.line_starts[line - 1 - len(statement.leading_lines)]
        recorder = _record(self._parsed.module, statement)
        said = "".join(recorder.tokens).encode(self.text.encoding)
        return _place(recorder, self.text, start) if self.text.data.startswith(said, start) else None

    @cached_property
    def _lines(self) -> dict[int, tuple[_Statement, int]]:
        """The statements of the module and the lines that they begin in, by their identity."""
        found: dict[int, tuple[_Statement, int]] = {}
        lines = iter(self._parsed.lines)
        for statement in self._parsed.module.body:
            parts = len(statement.body) if isinstance(statement, cst.SimpleStatementLine) else 1
            numbers = list(islice(lines, parts))
            if len(numbers) < parts:
                return {}
            found[id(statement)] = (statement, numbers[0])
        return found

    def _inner(self, place: int) -> frozenset[int]:
        """Return the nodes in a statement of the module, by identity."""
        if place not in self._nodes:
            self._nodes[place] = frozenset(map(id, nodes(self._lines[place][0])))
        return self._nodes[place]

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


class _Written(NamedTuple):
    """Code that was written again.

    Attributes:
        ranges: The first token of each node, and the one after its last, by the identity of the node.
        starts: Where tokens start; that of an empty token is that of the next one.
        ends: Entry `i` is the end of what stands before token `i`.
    """

    ranges: dict[int, tuple[int, int]]
    starts: list[int]
    ends: list[int]


def _place(recorder: _Recorder, text: Text, position: int) -> _Written:
    """Find tokens in a file, from where the first one stands."""
    data, encoding = text.data, text.encoding
    has_feeds = b"\f" in data
    starts, ends = [], [position]
    for token in recorder.tokens:
        said = token.encode(encoding)
        while has_feeds and said and not data.startswith(said, position) and data[position : position + 1] in _BLANKS:
            position += 1
        starts.append(position if said else -1)
        position += len(said)
        ends.append(position)
    starts.append(position)
    for index in range(len(recorder.tokens) - 1, -1, -1):
        if starts[index] < 0:
            starts[index] = starts[index + 1]
    return _Written(recorder.ranges, starts, ends)


def _record(module: cst.Module, node: cst.CSTNode) -> _Recorder:
    recorder = _Recorder(module)
    try:
        _codegen(node, recorder)
    except RecursionError:
        recorder = _Recorder(module)
        _with_a_deep_stack(node, recorder)
    return recorder


def _with_a_deep_stack(node: cst.CSTNode, recorder: _Recorder) -> None:
    """Write deeply nested code: parsing has limited the depth, but not to what Python takes by default.

    Raises:
        RecursionError: It is CPython 3.12, which calls itself so many times and no more, however large the stack.
    """
    limit, size = sys.getrecursionlimit(), threading.stack_size(_STACK)
    try:
        sys.setrecursionlimit(_RECURSION)
        with ThreadPoolExecutor(1) as deep:
            deep.submit(_codegen, node, recorder).result()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)


def _codegen(node: cst.CSTNode, recorder: _Recorder) -> None:
    node._codegen(recorder)  # noqa: SLF001 - the public way keeps the code, not the places


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
