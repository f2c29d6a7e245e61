"""Asks inference what it knows: ``reveal_type(x)`` in a source says which expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import libcst as cst
import pytest

from ci_lint.inference import engine
from ci_lint.inference.machine import Machine
from ci_lint.inference.values import (
    ACM,
    CM,
    Await,
    Class,
    Func,
    Inst,
    Map,
    Module,
    NoneValue,
    Seq,
    Str,
    Text,
    Tuple,
    Union,
    Value,
)
from ci_lint.inspection import around
from ci_lint.modules.summary import Summary
from ci_lint.reading.parsing import Parsed, parse
from ci_lint.task import Task


def revealed(source: str, beside: Mapping[str, Summary] | None = None) -> list[str]:
    """Return what is known of the argument of each ``reveal_type``, in the order of the source."""
    seen: dict[cst.Call, Value] = {}
    original = engine.PARTS.call

    def call(machine: Machine, callee: Value, node: cst.Call, values: list[Value]) -> Value:
        if isinstance(node.func, cst.Name) and node.func.value == "reveal_type":
            seen[node] = values[0]
            return values[0]
        return original(machine, callee, node, values)

    parsed = parse(source.encode())
    assert isinstance(parsed, Parsed), parsed
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "PARTS", replace(engine.PARTS, call=call))
        task = Task(Path("probe.py"), b"", "probe", False, "ci", (), summaries=tuple((beside or {}).values()))
        engine.infer(parsed.module, source, around(task))
    return [shown(seen[node]) if node in seen else "unreached" for node in _asked(parsed.module)]


def _asked(module: cst.Module) -> list[cst.Call]:
    found: list[cst.Call] = []

    class Finder(cst.CSTVisitor):
        def leave_Call(self, original_node: cst.Call) -> None:  # noqa: N802 - the name is LibCST's
            if isinstance(original_node.func, cst.Name) and original_node.func.value == "reveal_type":
                found.append(original_node)

    module.visit(Finder())
    return found


def shown(value: Value) -> str:
    """Return a value as people write types; what is not known is ``?``."""
    match value:
        case Inst(cls=cls):
            return cls.name
        case Class(cls=cls):
            return f"type[{cls.name}]"
        case NoneValue():
            return "None"
        case Str(texts=texts):
            return " | ".join(map(repr, texts))
        case Text():
            return "str"
        case Await(value=inner):
            return f"Await[{shown(inner)}]"
        case CM(value=inner):
            return f"CM[{shown(inner)}]"
        case ACM(value=inner):
            return f"ACM[{shown(inner)}]"
        case Tuple(items=items):
            return f"tuple[{', '.join(map(shown, items))}]"
        case Seq(item=inner, asynchronous=True):
            return f"aiter[{shown(inner)}]"
        case Seq(item=inner):
            return f"seq[{shown(inner)}]"
        case Map(item=inner):
            return f"map[{shown(inner)}]"
        case Union(members=members):
            return " | ".join(sorted(map(shown, members)))
        case Module(name=name) | Func(name=name):
            return name
    return "?"
