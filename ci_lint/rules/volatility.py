"""What differs from run to run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import libcst as cst

from ci_lint.facts import Facts
from ci_lint.reading.index import index_of
from ci_lint.rules.ancestry import ancestors

_SOURCES: Final = frozenset(
    {
        *("uuid.uuid1", "uuid.uuid4", "uuid.uuid6", "uuid.uuid7", "os.urandom", "os.getpid", "builtins.id"),
        *("time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter"),
        *("time.perf_counter_ns", "datetime.datetime.now", "datetime.datetime.utcnow"),
        *("secrets.token_hex", "secrets.token_urlsafe", "secrets.token_bytes", "secrets.randbelow"),
        *("random.random", "random.randint", "random.randrange", "random.getrandbits", "random.randbytes"),
        "random.uniform",
    }
)
_KEEPING: Final = frozenset({"builtins.str", "builtins.int", "builtins.repr", "builtins.float"})
_ATTRIBUTES: Final = frozenset({"hex", "int", "time_low", "urn", "isoformat", "timestamp", "lower", "upper"})
_DEPTH: Final = 12
_SCOPES: Final = (cst.FunctionDef, cst.ClassDef, cst.Lambda)


def source_of(facts: Facts, node: cst.BaseExpression) -> str:
    """Return the call that makes a string differ from run to run, such as ``uuid.uuid4()``; empty if none does."""
    return _source(facts, node, _DEPTH) if _has_sources(facts) else ""


@lru_cache(maxsize=1)
def _has_sources(facts: Facts) -> bool:
    return not _SOURCES.isdisjoint(facts.externals.values())


def _source(facts: Facts, node: cst.BaseExpression, depth: int) -> str:
    if depth == 0:
        return ""
    if isinstance(node, cst.Call):
        name = facts.externals.get(node, "")
        if name in _SOURCES and not _is_seeded(facts, name):
            return f"{name.removeprefix('builtins.')}()"
    found = (_source(facts, inner, depth - 1) for inner in _carriers(facts, node))
    return next((each for each in found if each), "")


def _carriers(facts: Facts, node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """Yield the inner expressions whose value certainly shows in the value of an expression."""
    if isinstance(node, cst.FormattedString):
        parts = [part for part in node.parts if isinstance(part, cst.FormattedStringExpression)]
        yield from (part.expression for part in parts if part.format_spec is None)
    elif isinstance(node, cst.ConcatenatedString):
        yield from (node.left, node.right)
    elif isinstance(node, cst.BinaryOperation):
        yield from _operands(node)
    elif isinstance(node, cst.Attribute) and node.attr.value in _ATTRIBUTES:
        yield node.value
    elif isinstance(node, cst.Subscript):
        if all(isinstance(each.slice, cst.Slice) for each in node.slice):
            yield node.value
    elif isinstance(node, cst.Call):
        yield from _of_call(facts, node)
    elif isinstance(node, cst.Name):
        yield from _bound_to(facts.module, node)


def _operands(node: cst.BinaryOperation) -> Iterator[cst.BaseExpression]:
    if isinstance(node.operator, cst.Add):
        yield from (node.left, node.right)
    elif isinstance(node.operator, cst.Modulo) and isinstance(node.left, cst.BaseString):
        right = node.right
        yield from (each.value for each in right.elements) if isinstance(right, cst.Tuple) else (right,)


def _of_call(facts: Facts, node: cst.Call) -> Iterator[cst.BaseExpression]:
    func = node.func
    if facts.externals.get(node) in _KEEPING and len(node.args) == 1:
        yield node.args[0].value
    elif isinstance(func, cst.Attribute):
        if func.attr.value == "format" and isinstance(func.value, cst.BaseString):
            yield from (each.value for each in node.args if not each.star)
        elif func.attr.value in _ATTRIBUTES and not node.args:
            yield func.value


def _is_seeded(facts: Facts, name: str) -> bool:
    """Return whether the file makes random numbers repeat themselves."""
    return name.startswith("random.") and any(_calls_seed(node) for node in facts.externals.values())


def _calls_seed(name: str) -> bool:
    return name == "random.seed"


def _bound_to(module: cst.Module, name: cst.Name) -> Iterator[cst.BaseExpression]:
    """Yield what a name of the same function, or module, is bound to, if that happens once and plainly."""
    scope = _scope_of(module, name, cst.FunctionDef)
    found: list[cst.BaseExpression | None] = []
    for node in index_of(module).names[name.value]:
        if node is name or _scope_of(module, node, _SCOPES) is not scope:
            continue
        above = ancestors(module, node)
        if isinstance(above[0], cst.AssignTarget) and isinstance(above[1], cst.Assign) and len(above[1].targets) == 1:
            found.append(above[1].value)
        elif _is_bound(module, node):
            found.append(None)
    if len(found) == 1 and found[0] is not None:
        yield found[0]


def _scope_of(module: cst.Module, node: cst.CSTNode, kinds: type | tuple[type, ...]) -> cst.CSTNode:
    return next((each for each in ancestors(module, node) if isinstance(each, kinds)), module)


def _is_bound(module: cst.Module, node: cst.CSTNode) -> bool:
    """Return whether a name stands where it is bound, not where it is read."""
    above = ancestors(module, node)
    for inner, outer in zip([node, *above], above, strict=False):
        if isinstance(outer, (cst.AssignTarget, cst.AsName, cst.Param, cst.ImportAlias, cst.NameItem, cst.MatchAs)):
            return True
        if isinstance(outer, (cst.For, cst.CompFor, cst.AugAssign, cst.AnnAssign, cst.NamedExpr)):
            return outer.target is inner
        if not isinstance(outer, (cst.Tuple, cst.List, cst.Element, cst.StarredElement)):
            return False
    return False
