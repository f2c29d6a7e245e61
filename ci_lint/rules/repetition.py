"""Whether a loop certainly does something again and again."""

from __future__ import annotations

import libcst as cst

from ci_lint.facts import Context
from ci_lint.reading.tree import parts
from ci_lint.rules.ancestry import parent, stands_in


def repeats(module: cst.Module, loop: cst.CSTNode, node: cst.CSTNode, context: Context) -> bool:
    """Return whether every turn of a loop comes to a node, and nothing says that there is one turn at most."""
    if any(stands_in(arm.branch, loop) for arm in context.arms):
        return False
    if isinstance(loop, cst.For):
        in_body = stands_in(node, loop.body)
        return in_body and not _is_short(loop.iter) and not _can_be_left(loop.body)
    if isinstance(loop, cst.CompFor) and isinstance(parent(module, loop), cst.ListComp | cst.SetComp | cst.DictComp):
        simple = loop.inner_for_in is None and not loop.ifs
        return simple and not stands_in(node, loop) and not _is_short(loop.iter)
    return False


def _is_short(iterable: cst.BaseExpression) -> bool:
    """Return whether there certainly is at most one turn."""
    if isinstance(iterable, (cst.List, cst.Tuple, cst.Set)):
        starred = any(isinstance(each, cst.StarredElement) for each in iterable.elements)
        return len(iterable.elements) <= 1 and not starred
    if isinstance(iterable, cst.Call) and isinstance(iterable.func, cst.Name) and iterable.func.value == "range":
        numbers = [each.value.evaluated_value for each in iterable.args if isinstance(each.value, cst.Integer)]
        return len(numbers) == len(iterable.args) and _turns(numbers) <= 1
    return isinstance(iterable, cst.SimpleString) and len(iterable.evaluated_value) <= 1


def _turns(numbers: list[int]) -> int:
    start, stop, step = [*numbers, 1] if len(numbers) == 2 else [0, *numbers, 1] if len(numbers) == 1 else [0, 2, 1]
    return max(0, -(-(stop - start) // step))


def _can_be_left(body: cst.CSTNode) -> bool:
    """Return whether the loop may end before its iterable does; inner loops are not told apart."""
    todo: list[cst.CSTNode] = [body]
    while todo:
        node = todo.pop()
        if isinstance(node, (cst.Break, cst.Continue, cst.Return, cst.Raise, cst.Yield)):
            return True
        if not isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
            todo += parts(node)
    return False
