from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator

import pytest

import ci
import turboci

DOCUMENTED = [
    name for name in ci.__all__ if inspect.isfunction(getattr(ci, name)) or inspect.isclass(getattr(ci, name))
]
SECTIONS = re.compile(r"^(Args|Attributes|Returns|Yields|Raises|Example):$", re.MULTILINE)


def modules() -> Iterator[str]:
    for package in (ci, turboci):
        yield package.__name__
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith("turboci.v1") and not module.name.endswith("__main__"):
                yield module.name


def example_of(doc: str) -> str:
    """Return what stands under `Example:`."""
    lines = doc.partition("Example:\n")[2].splitlines()
    inside = [line[4:] for line in lines if line.startswith("    ") or not line.strip()]
    return "\n".join(inside)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_public_name_is_explained_with_an_example(name: str) -> None:
    """A class or function of `ci` has a docstring of its own, with one example, and a first line that is a sentence."""
    value = getattr(ci, name)
    doc = inspect.cleandoc(vars(value).get("__doc__") or "" if inspect.isclass(value) else value.__doc__ or "")
    first = doc.partition("\n\n")[0]
    assert re.fullmatch(r"[A-Z`].*\.", first, re.DOTALL), f"{name}: {first!r}"
    sections = SECTIONS.findall(doc)
    assert sections.count("Example") == 1, sections
    assert len(sections) == len(set(sections))
    assert example_of(doc).strip()


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_public_method_is_explained(name: str) -> None:
    """What can be called or read on a public class says what it is."""
    value = getattr(ci, name)
    if not inspect.isclass(value):
        return
    for cls in value.__mro__:
        if cls.__module__.partition(".")[0] not in {"ci", "turboci"}:
            continue
        for key, member in vars(cls).items():
            if not key.startswith("_") and (inspect.isroutine(member) or isinstance(member, property)):
                assert inspect.getdoc(member), f"{cls.__name__}.{key}"


@pytest.mark.parametrize("name", DOCUMENTED)
def test_examples_are_python(name: str) -> None:
    """An example that needs an orchestrator and cannot run here can at least be pasted."""
    example = example_of(inspect.getdoc(getattr(ci, name)) or "")
    if ">>>" in example:
        example = "\n".join(each.source for each in doctest.DocTestParser().get_examples(example))
    tree = compile(example, name, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ci"
    }
    assert used <= set(ci.__all__), used - set(ci.__all__)


@pytest.mark.parametrize("name", list(modules()))
def test_examples_that_can_run_are_right(name: str) -> None:
    """What stands after ``>>>`` prints what stands under it."""
    module = importlib.import_module(name)
    result = doctest.testmod(module, extraglobs={"ci": ci})
    assert result.failed == 0
