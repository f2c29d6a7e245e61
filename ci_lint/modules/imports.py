"""Which modules a file imports, by name."""

from __future__ import annotations

import ast
import warnings

from ci_lint.reading.source import MAX_BYTES


def imported_modules(data: bytes, module: str, is_package: bool) -> frozenset[str]:
    """Return the absolute dotted names that a file may import: modules, and what may be a module or a name in one.

    A file that cannot be parsed, or is too large to be looked at, imports nothing.
    """
    if len(data) > MAX_BYTES:
        return frozenset()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(prefix for alias in node.names for prefix in prefixes(alias.name))
        elif isinstance(node, ast.ImportFrom):
            base = absolute_name(node.module or "", node.level, module, is_package)
            if base is not None:
                found.update(prefixes(base))
                found.update(f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call):
            found.update(_imported_by_call(node))
    return frozenset(found)


def _imported_by_call(node: ast.Call) -> list[str]:
    """Return what ``importlib.import_module("a.b")`` imports."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name not in {"import_module", "__import__"} or not node.args or not isinstance(node.args[0], ast.Constant):
        return []
    said = node.args[0].value
    return prefixes(said) if isinstance(said, str) else []


def prefixes(name: str) -> list[str]:
    """Return a dotted name and the packages that it lies in, outermost first."""
    parts = name.split(".")
    return [".".join(parts[: end + 1]) for end in range(len(parts))]


def absolute_name(name: str, level: int, module: str, is_package: bool) -> str | None:
    """Return the module that ``from ...name import`` means; None if it leaves the project.

    Args:
        name: What stands after the dots; may be empty.
        level: The number of dots.
        module: The module that the statement stands in.
        is_package: Whether that is an ``__init__.py``.
    """
    if level == 0:
        return name or None
    parts = module.split(".") if module else []
    keep = len(parts) - level + (1 if is_package else 0)
    if keep < 0 or (keep == 0 and not name):
        return None
    base = parts[:keep]
    return ".".join([*base, name] if name else base) or None
