"""Rewrites a source in every way that applies to it."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tests.lint.recall.annotations import ANNOTATIONS
from tests.lint.recall.bindings import BINDINGS
from tests.lint.recall.forms import Annotation, Binding, Keeps

_CLASSES: Final = {
    **dict.fromkeys(("check", "auto_check"), "ci.CheckNode"),
    **dict.fromkeys(("stage", "auto_stage", "step", "shell"), "ci.StageNode"),
}
_MADE: Final = {
    "DAG": "ci.DAG",
    "new_check": "ci.CheckBuilder",
    "new_stage": "ci.StageBuilder",
    "Runner": "ci.Runner",
    "depends_on": "ci.DependencyGroup",
}
_PASSED: Final = frozenset(
    {
        *("ci.DAG", "ci.CheckNode", "ci.StageNode", "ci.WorkflowExecution", "ci.WorkflowContext", "ci.Orchestrator"),
        *("ci.StageContext", "ci.CheckHandle"),
    }
)
"""Annotations of parameters that are written in other ways."""

_CHANGING: Final = frozenset({"build"})


@dataclass(frozen=True)
class Variant:
    """A source, written in another way.

    Attributes:
        form: The way.
        place: Which object of the source was rewritten; None if none was.
        keeps: What can be known of the object that was rewritten.
        source: The module.
        beside: Other modules of the project, by path.
    """

    form: str
    keeps: Keeps
    source: str
    beside: Mapping[str, str] = field(default_factory=dict)
    place: tuple[str, int] | None = None


@dataclass(frozen=True)
class Named:
    """An object of `ci` that a statement gives a name: ``dag = ci.DAG("release")``."""

    body: list[ast.stmt]
    index: int
    name: str
    expression: ast.expr
    type: str


def variants(source: str) -> Iterator[Variant]:
    """Yield a source in every other way that applies to it."""
    for place in range(len(_named(ast.parse(source)))):
        made = [_bound(source, place, binding) for binding in BINDINGS]
        made += [_passed(source, place, annotation) for annotation in ANNOTATIONS]
        yield from (replace(each, place=("name", place)) for each in made if each is not None)
    for place in range(len(_parameters(ast.parse(source)))):
        passed = [_annotated(source, place, annotation) for annotation in ANNOTATIONS]
        yield from (replace(each, place=("parameter", place)) for each in passed if each is not None)


def _named(tree: ast.Module) -> list[Named]:
    found: list[Named] = []
    for body in _bodies(tree):
        for index, statement in enumerate(body):
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                kind = _type_of(statement.value)
                if kind and len(statement.targets) == 1:
                    found.append(Named(body, index, statement.targets[0].id, statement.value, kind))
    return found


def _bodies(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    yield tree.body
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.body


def _type_of(expression: ast.expr) -> str:
    """Return the type of an expression that makes an object of `ci`; empty if it makes none that is known here."""
    if not isinstance(expression, ast.Call) or not isinstance(expression.func, ast.Attribute):
        return ""
    owner, name = expression.func.value, expression.func.attr
    if isinstance(owner, ast.Name) and owner.id == "ci":
        return _MADE.get(name, "")
    if isinstance(owner, ast.Name):
        return _CLASSES.get(name, "")
    return "" if name in _CHANGING else _type_of(owner)


def _parameters(tree: ast.Module) -> list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, ast.arg]]:
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(node, argument) for node in functions for argument in node.args.args if _is_passed(argument)]


def _is_passed(argument: ast.arg) -> bool:
    return argument.annotation is not None and ast.unparse(argument.annotation) in _PASSED


def _awaits(statements: list[ast.stmt]) -> bool:
    outer = ast.Module(statements, [])
    return any(isinstance(node, ast.Await | ast.AsyncWith | ast.AsyncFor) for node in _of_this_scope(outer))


def _of_this_scope(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield from _of_this_scope(child)


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Fill in a form; the rest is indented like its line."""
    lines = []
    for line in text.split("\n"):
        if line.strip() == "{rest}":
            lines.append(textwrap.indent(values["rest"], line[: len(line) - len(line.lstrip())]))
        else:
            lines.append(line.format_map(values))
    return "\n".join(lines)


def _bound(source: str, place: int, binding: Binding) -> Variant | None:
    tree = ast.parse(source)
    named = _named(tree)[place]
    expression = ast.unparse(named.expression)
    rest = named.body[named.index + 1 :]
    local = {node.id for node in ast.walk(named.expression) if isinstance(node, ast.Name)} - {"ci"}
    if not rest or (local and not binding.inline):
        return None
    values = _values(named.name, expression, named.type, rest)
    text = _filled(binding.text, values)
    asynchronous = binding.awaits or _awaits(rest)
    if named.body is tree.body and binding.awaits:
        text = f"async def main():\n{textwrap.indent(text, '    ')}"
    elif named.body is not tree.body and asynchronous:
        _make_async(tree, named.body)
    before = binding.before.format_map(values) if binding.before else ""
    return _whole(binding.name, binding.keeps, tree, named, text, before, _beside(binding, values))


def _values(name: str, expression: str, kind: str, rest: list[ast.stmt]) -> dict[str, str]:
    code = "\n".join(ast.unparse(statement) for statement in rest)
    return {"name": name, "expr": expression, "type": kind, "rest": code, "async": "async " if _awaits(rest) else ""}


def _beside(binding: Binding, values: Mapping[str, str]) -> dict[str, str]:
    return {path: text.format_map(values) for path, text in binding.beside.items()}


def _whole(
    form: str, keeps: Keeps, tree: ast.Module, named: Named, text: str, before: str, beside: Mapping[str, str]
) -> Variant | None:
    named.body[named.index :] = ast.parse(text).body
    at = next((index for index, each in enumerate(tree.body) if not _is_import(each)), len(tree.body))
    if named.body is tree.body and named.index < at:
        return None
    tree.body[at:at] = ast.parse(before).body
    return Variant(form, keeps, _unparsed(tree), beside)


def _is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import | ast.ImportFrom)


def _unparsed(tree: ast.Module) -> str:
    source = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    ast.parse(source)
    return source


def _make_async(tree: ast.Module, body: list[ast.stmt]) -> None:
    for index, node in enumerate(tree.body):
        if isinstance(node, ast.FunctionDef) and node.body is body:
            fields: dict[str, object] = {name: getattr(node, name) for name in node._fields}
            tree.body[index] = ast.AsyncFunctionDef(**fields)  # type: ignore[arg-type]


def _passed(source: str, place: int, annotation: Annotation) -> Variant | None:
    """Let a function take the object instead of making it."""
    tree = ast.parse(source)
    named = _named(tree)[place]
    rest = named.body[named.index + 1 :]
    if not rest or named.body is not tree.body:
        return None
    text = _function(named.name, named.type, annotation, rest)
    before = annotation.before.format(type=named.type)
    return _whole(annotation.name, annotation.keeps, tree, named, text, before, {})


def _function(name: str, kind: str, annotation: Annotation, rest: list[ast.stmt]) -> str:
    parameter = name if annotation.body == "{rest}" else f"{name}_all"
    body = _filled(annotation.body, _values(name, "", kind, rest))
    word = "async def" if annotation.awaits or _awaits(rest) else "def"
    head = f"{word} main({parameter}: {annotation.type.format(type=kind)}):\n"
    return head + textwrap.indent(body, "    ")


def _annotated(source: str, place: int, annotation: Annotation) -> Variant | None:
    """Annotate a parameter in another way; a function that is called cannot become async."""
    tree = ast.parse(source)
    function, argument = _parameters(tree)[place]
    called = {each.func.id for each in ast.walk(tree) if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)}
    if annotation.awaits and function.name in called:
        return None
    kind = ast.unparse(argument.annotation) if argument.annotation is not None else ""
    argument.annotation = ast.parse(annotation.type.format(type=kind), mode="eval").body
    body = _filled(annotation.body, _values(argument.arg, "", kind, function.body))
    function.body[:] = ast.parse(body).body if annotation.body != "{rest}" else function.body
    if annotation.body != "{rest}":
        argument.arg += "_all"
    if annotation.awaits:
        _make_async(tree, function.body)
    at = next((index for index, each in enumerate(tree.body) if not _is_import(each)), len(tree.body))
    tree.body[at:at] = ast.parse(annotation.before.format(type=kind)).body
    return Variant(annotation.name, annotation.keeps, _unparsed(tree))
