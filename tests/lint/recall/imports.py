"""Rewrites how a source reaches `ci`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Final

from tests.lint.recall.forms import Keeps
from tests.lint.recall.variants import Variant


def import_variants(source: str) -> Iterator[Variant]:
    """Yield a source with `ci` imported in every other way."""
    if "import ci\n" not in source or "ci." not in source.replace("import ci\n", ""):
        return
    for form, rewrite in FORMS.items():
        made = rewrite(source)
        if made is not None:
            text, beside = made
            ast.parse(text)
            yield Variant(form, Keeps.LIFE, text, beside)


Made = tuple[str, dict[str, str]] | None


class _Names(ast.NodeTransformer):
    """Replaces ``ci.name``."""

    def __init__(self, make: Callable[[str], ast.expr]) -> None:
        self._make = make
        self.used: set[str] = set()

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id == "ci":
            self.used.add(node.attr)
            return self._make(node.attr)
        return node


def _replaced(source: str, make: Callable[[str], str], first: Callable[[list[str]], str]) -> str:
    """Return a source with every ``ci.name`` written as `make` says, and another import."""
    names = _Names(lambda name: ast.parse(make(name), mode="eval").body)
    tree = names.visit(ast.parse(source))
    text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    return text.replace("import ci\n", f"{first(sorted(names.used))}\n", 1)


def _as(source: str) -> Made:
    return _replaced(source, lambda name: f"c.{name}", lambda _: "import ci as c"), {}


def _is_shadowed(source: str, names: list[str]) -> bool:
    """Return whether the source uses one of these names for something else."""
    bound = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    tree = ast.parse(source)
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return bool(bound & set(names))


def _used(source: str) -> list[str]:
    names = _Names(ast.Name)
    names.visit(ast.parse(source))
    return sorted(names.used)


def _from(source: str) -> Made:
    if _is_shadowed(source, _used(source)):
        return None
    return _replaced(source, lambda name: name, lambda names: f"from ci import {', '.join(names)}"), {}


def _from_as(source: str) -> Made:
    def first(names: list[str]) -> str:
        return "from ci import " + ", ".join(f"{name} as {name}_" for name in names)

    return _replaced(source, lambda name: f"{name}_", first), {}


def _star(source: str) -> Made:
    if _is_shadowed(source, _used(source)):
        return None
    return _replaced(source, lambda name: name, lambda _: "from ci import *"), {}


def _in_a_function(source: str) -> Made:
    head, _, rest = source.partition("import ci\n")
    body = "".join(f"    {line}" if line.strip() else line for line in rest.splitlines(keepends=True))
    word = "async def" if "\nasync " not in rest and "await " in rest else "def"
    return f"{head}{word} everything():\n    import ci\n{body}", {}


def _swapped(first: str, **beside: str) -> Callable[[str], Made]:
    others = {f"{name.replace('__', '/')}.py": text for name, text in beside.items()}
    return lambda source: (source.replace("import ci\n", first, 1), others)


def _named(source: str) -> Made:
    def first(names: list[str]) -> str:
        return "import ci\n" + "\n".join(f"{name}_ = ci.{name}" for name in names)

    return _replaced(source, lambda name: f"{name}_", first), {}


def _getattr(source: str) -> Made:
    def first(names: list[str]) -> str:
        return "import ci\n" + "\n".join(f"{name}_ = getattr(ci, '{name}')" for name in names)

    return _replaced(source, lambda name: f"{name}_", first), {}


def _partial(source: str) -> Made:
    if any(each in source for each in (": ci.", "-> ci.", "raises(ci.", "ci.CheckState", ".finished")):
        return None

    def first(names: list[str]) -> str:
        made = "\n".join(f"{name}_ = partial(ci.{name})" for name in names)
        return f"from functools import partial\nimport ci\n{made}"

    return _replaced(source, lambda name: f"{name}_", first), {}


FORMS: Final[dict[str, Callable[[str], Made]]] = {
    "import ci as c": _as,
    "from ci import name": _from,
    "from ci import name as other": _from_as,
    "from ci import *": _star,
    "import in a function": _in_a_function,
    "import in try, None if it is missing": _swapped("try:\n    import ci\nexcept ImportError:\n    ci = None\n"),
    "import in try, error if it is missing": _swapped("try:\n    import ci\nexcept ImportError:\n    raise\n"),
    "importlib.import_module": _swapped("import importlib\nci = importlib.import_module('ci')\n"),
    "alias of the module": _swapped("import ci as first\nci = first\n"),
    "alias of the name": _named,
    "from another module that imports it": _swapped("from made import ci\n", made="import ci\n"),
    "package that hands it on": _swapped("from made.sub import ci\n", made____init__="", made__sub="import ci as ci\n"),
    "submodule first": _swapped("import ci.testing\n"),
    "getattr with a literal name": _getattr,
    "functools.partial": _partial,
}
"""Ways to reach `ci`."""
