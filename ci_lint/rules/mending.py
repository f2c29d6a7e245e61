"""Makes fixes: small edits of bytes, so that nothing else changes."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ci_lint.findings import Edit, Fix, Safety, Span
from ci_lint.reading.positions import Positions
from ci_lint.rules.ancestry import ancestors, parent


def replace(positions: Positions, span: Span, text: str, title: str, safety: Safety) -> Fix | None:
    """Return a fix with one edit; None if a comment would be lost."""
    if positions.has_comment(span):
        return None
    return Fix(title, (Edit(span, text.encode(positions.text.encoding)),), safety)


def insert(positions: Positions, offset: int, text: str, title: str, safety: Safety) -> Fix:
    """Return a fix that inserts something."""
    return Fix(title, (Edit(Span(offset, offset), text.encode(positions.text.encoding)),), safety)


def start_of(node: cst.BaseExpression, positions: Positions) -> int:
    """Return where an expression begins, its own parentheses included."""
    return positions.span(node.lpar[0] if node.lpar else node).start


def end_of(node: cst.BaseExpression, positions: Positions) -> int:
    """Return where an expression ends, its own parentheses included."""
    return positions.span(node.rpar[-1] if node.rpar else node).end


def without_argument(call: cst.Call, argument: cst.Arg, positions: Positions) -> Span:
    """Return what has to go for an argument to go: it and a comma."""
    index = next(place for place, each in enumerate(call.args) if each is argument)
    start = _start_of_argument(argument, positions)
    if index:
        before = call.args[index - 1]
        return Span(end_of(before.value, positions), end_of(argument.value, positions))
    if len(call.args) > 1:
        return Span(start, _start_of_argument(call.args[1], positions))
    end = end_of(argument.value, positions)
    comma = argument.comma
    return Span(start, positions.span(comma).end if isinstance(comma, cst.Comma) else end)


def _start_of_argument(argument: cst.Arg, positions: Positions) -> int:
    if argument.keyword is not None:
        return positions.span(argument.keyword).start
    start = start_of(argument.value, positions)
    return positions.text.data.rindex(b"*" * len(argument.star), 0, start) if argument.star else start


def without_link(call: cst.Call, positions: Positions) -> Span | None:
    """Return what has to go for a link of a chain to go: ``.after()`` of ``a.after().runner("x")``."""
    if not isinstance(call.func, cst.Attribute):
        return None
    return Span(end_of(call.func.value, positions), positions.span(call).end)


def without_statement(module: cst.Module, call: cst.BaseExpression, positions: Positions) -> tuple[Span, str] | None:
    """Return what has to go for the statement that an expression is to go, and what stands there instead."""
    around = ancestors(module, call)
    if len(around) < 3 or not isinstance(around[0], cst.Expr) or not isinstance(around[1], cst.SimpleStatementLine):
        return None
    line, block = around[1], around[2]
    statement = Span(start_of(call, positions), end_of(call, positions))
    body: Sequence[cst.CSTNode] = block.body if isinstance(block, (cst.IndentedBlock, cst.Module)) else ()
    if len(line.body) > 1 or len(body) <= 1 or line.trailing_whitespace.comment is not None:
        return statement, "pass"
    return _whole_lines(statement, positions)


def _whole_lines(span: Span, positions: Positions) -> tuple[Span, str]:
    data = positions.text.data
    start, end = span.start, span.end
    while start > positions.text.mark and data[start - 1 : start] in {b" ", b"\t"}:
        start -= 1
    while data[end : end + 1] in {b" ", b"\t", b";"}:
        end += 1
    for ending in (b"\r\n", b"\n", b"\r"):
        if data.startswith(ending, end):
            return Span(start, end + len(ending)), ""
    return Span(start, end), ""


def unawaited(module: cst.Module, call: cst.Call) -> cst.Await | None:
    """Return the ``await`` of a call."""
    above = parent(module, call)
    return above if isinstance(above, cst.Await) else None
