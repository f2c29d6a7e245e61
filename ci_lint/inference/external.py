"""What inference understands of the standard library: whatever hands its arguments on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import libcst as cst

from ci_lint.inference.annotations import prefer
from ci_lint.inference.awaiting import await_of, entered
from ci_lint.inference.classes import order_of
from ci_lint.inference.constants import is_text
from ci_lint.inference.containers import item_of
from ci_lint.inference.join import NOTHING, join_all, members, without_origin
from ci_lint.inference.machine import Machine
from ci_lint.inference.names import PURE, TRANSPARENT
from ci_lint.inference.opening import open_class, open_module, open_scope
from ci_lint.inference.values import (
    CM,
    NONE,
    TEXT,
    UNKNOWN,
    Await,
    Class,
    ClassRef,
    External,
    Inst,
    Maker,
    Seq,
    Str,
    Super,
    Tuple,
    Value,
)

_Function = Callable[[Machine, cst.Call, Sequence[Value]], Value]


def call_external(machine: Machine, name: str, node: cst.Call, values: Sequence[Value]) -> Value:
    """Return what a call of something of the standard library gives."""
    machine.externals[node] = name
    function = _FUNCTIONS.get(name)
    splat = any(argument.star for argument in node.args)
    if name not in PURE and (function is None or name not in TRANSPARENT):
        for value in values:
            machine.escape(value, node)
    if function is None or (splat and name not in _TAKES_SPLAT):
        return UNKNOWN
    return function(machine, node, values)


def _first(values: Sequence[Value]) -> Value:
    return values[0] if values else UNKNOWN


def _run(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    return await_of(machine, _first(values))


def _keep(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    return Await(await_of(machine, _first(values)))


def _gather(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    if any(argument.star for argument in node.args):
        return Await(UNKNOWN)
    given = [value for argument, value in zip(node.args, values, strict=True) if argument.keyword is None]
    exceptions = len(given) != len(values)
    return Await(UNKNOWN) if exceptions else Await(Tuple(tuple([await_of(machine, value) for value in given])))


def _sequence(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    return Seq(item_of(values[0]) if values else NOTHING, concrete=True)


def _lazily(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    return Seq(item_of(_first(values)))


def _enumerate(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    return Seq(Tuple((UNKNOWN, item_of(_first(values)))))


def _zip(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    return Seq(Tuple(tuple([item_of(value) for value in values])))


def _item(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    items = [item_of(_first(values)), *values[1:2]]
    return join_all(items)


def _one_of(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    """``max`` and ``min``: one of the arguments, or of the items of the only one."""
    given = [value for argument, value in zip(node.args, values, strict=True) if argument.keyword is None]
    default = [
        value
        for argument, value in zip(node.args, values, strict=True)
        if argument.keyword is not None and argument.keyword.value == "default"
    ]
    items = [item_of(given[0])] if len(given) == 1 else given
    return without_origin(join_all([*items, *default]))


def _string(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    if not values:
        return Str(("",))
    return values[0] if len(values) == 1 and is_text(values[0]) else TEXT


def _getattr(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    if len(values) < 2 or not isinstance(values[1], Str) or len(values[1].texts) != 1:
        for value in values:
            machine.escape(value, node)
        return UNKNOWN
    found = machine.attribute(values[0], values[1].texts[0], node)
    return join_all([found, values[2]]) if len(values) > 2 else found


def _super(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    frame = machine.frame
    function = frame.function
    if values or frame.cls is None or function is None or function.cls is not frame.cls or frame.state is None:
        return UNKNOWN
    first = next(iter((*function.node.params.posonly_params, *function.node.params.params)), None)
    receiver = frame.state.names.get(first.name.value) if first is not None else None
    if not isinstance(receiver, Inst | Class):
        return UNKNOWN
    return Super(ClassRef(machine.around.module, frame.cls.scope.name), receiver)


def _cast(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    if len(values) != 2:
        return UNKNOWN
    declared = machine.annotation(node.args[0].value)
    return prefer(declared, values[1], lambda one, other: other in order_of(machine, one))


def _same(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    return _first(values)


def _partial(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    if len(values) == 1:
        return values[0]
    return Maker(without_origin(machine.parts.result(machine, values[0]))) if values else UNKNOWN


def _newtype(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    return Maker(machine.annotation(node.args[1].value)) if len(values) == 2 else UNKNOWN


def _typevar(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    for argument in node.args:
        if argument.keyword is not None and argument.keyword.value == "bound":
            return Maker(machine.annotation(argument.value))
    return UNKNOWN


def _manager(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    return External(f"{machine.externals[node]}()")


def _enter(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    return entered(machine, _first(values), asynchronous=False)


def _enter_async(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    return Await(entered(machine, _first(values), asynchronous=True))


def _null(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    return CM(values[0] if values else NONE)


def _import(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    name = _first(values)
    if len(values) != 1 or not isinstance(name, Str) or len(name.texts) != 1:
        return UNKNOWN
    return machine.parts.module(machine.around, name.texts[0])


def _opens_scope(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    open_scope(machine)
    return UNKNOWN


def _opens_module(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    open_module(machine)
    return UNKNOWN


def _vars(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    if not values:
        open_scope(machine)
    for value in values:
        open_class(machine, value)
    return UNKNOWN


def _setattr(machine: Machine, node: cst.Call, values: Sequence[Value]) -> Value:
    for member in members(_first(values)):
        open_class(machine, member)
    return NONE


_UNDERSTOOD: Final[dict[str, _Function]] = {
    "asyncio.run": _run,
    "asyncio.create_task": _keep,
    "asyncio.ensure_future": _keep,
    "asyncio.wait_for": _keep,
    "asyncio.shield": _keep,
    "asyncio.gather": _gather,
    "asyncio.TaskGroup": _manager,
    "asyncio.TaskGroup().create_task": _keep,
    "asyncio.Runner": _manager,
    "asyncio.Runner().run": _run,
    "builtins.list": _sequence,
    "builtins.tuple": _sequence,
    "builtins.set": _sequence,
    "builtins.frozenset": _sequence,
    "builtins.sorted": _sequence,
    "builtins.reversed": _lazily,
    "builtins.iter": _lazily,
    "builtins.next": _item,
    "builtins.max": _one_of,
    "builtins.min": _one_of,
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    "builtins.str": _string,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.delattr": _setattr,
    "builtins.super": _super,
    "builtins.globals": _opens_module,
    "builtins.locals": _opens_scope,
    "builtins.vars": _vars,
    "builtins.exec": _opens_scope,
    "builtins.eval": _opens_scope,
    "builtins.__import__": _import,
    "importlib.import_module": _import,
    "typing.cast": _cast,
    "typing.assert_type": _same,
    "typing.NewType": _newtype,
    "typing.TypeVar": _typevar,
    "functools.partial": _partial,
    "contextlib.ExitStack": _manager,
    "contextlib.ExitStack().enter_context": _enter,
    "contextlib.AsyncExitStack": _manager,
    "contextlib.AsyncExitStack().enter_context": _enter,
    "contextlib.AsyncExitStack().enter_async_context": _enter_async,
    "contextlib.nullcontext": _null,
}
_FUNCTIONS: Final[Mapping[str, _Function]] = _UNDERSTOOD | {
    f"typing_extensions.{name.removeprefix('typing.')}": function
    for name, function in _UNDERSTOOD.items()
    if name.startswith("typing.")
}
_TAKES_SPLAT: Final = frozenset({"asyncio.gather"})
