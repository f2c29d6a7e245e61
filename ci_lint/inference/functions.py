"""What calls of the functions of a module give."""

from __future__ import annotations

from typing import Final

import libcst as cst

from ci_lint.inference.binding import parameters_of
from ci_lint.inference.containers import async_item_of, item_of
from ci_lint.inference.frame import Frame
from ci_lint.inference.join import NOTHING, each, is_telling, join, without_origin
from ci_lint.inference.machine import Machine, new_context
from ci_lint.inference.scopes import ClassInfo, FunctionInfo, Progress, Scope, ScopeKind, Wrap
from ci_lint.inference.state import State
from ci_lint.inference.values import ACM, CM, NONE, UNKNOWN, Await, Class, ClassRef, Inst, Maker, Map, Seq, Value

MAX_DEPTH: Final = 12
"""How many functions may be looked at, each because another calls it, before the next one is unknown for now."""

MAX_TURNS: Final = 3
"""How often a function that calls itself is looked at until its result has to be enough."""


def summarise(machine: Machine, info: FunctionInfo) -> Value:
    """Return what a call of a function gives, from its annotation or from its body."""
    annotated = info.node.returns is not None
    if (not annotated or _needs_body(info)) and not look_into(machine, info):
        return UNKNOWN
    if info.progress is Progress.RUNNING:
        info.recursive = True
    if info.progress in {Progress.RUNNING, Progress.PROVISIONAL} and not annotated:
        machine.frame.provisional = True
    return _wrapped(info, _declared(machine, info) if annotated else _inferred(info))


def look_into(machine: Machine, info: FunctionInfo) -> bool:
    """Look at the body of a function if nobody has; return whether somebody has, or is about to."""
    if info.progress is Progress.NEW:
        if machine.depth >= MAX_DEPTH:
            machine.too_early()
            return False
        run_function(machine, info)
    return True


def _needs_body(info: FunctionInfo) -> bool:
    """Return whether the body says more than the annotation: that an ``async def`` is a generator."""
    return info.asynchronous


def _declared(machine: Machine, info: FunctionInfo) -> Value:
    assert info.node.returns is not None
    annotation = info.node.returns.annotation
    with machine.running(outside(machine, info)):
        value = without_origin(machine.annotation(annotation))
    provisional = info.progress is Progress.RUNNING and not info.yields
    if provisional and info.asynchronous and isinstance(value, Seq):
        return UNKNOWN
    return Await(value) if info.asynchronous and not info.yields else value


def outside(machine: Machine, info: FunctionInfo) -> Frame:
    """Return a frame in which annotations and the like of a function mean what they say."""
    parent = info.scope.parent or machine.bindings.module
    frame = Frame(parent, None, info.cls, machine.frame, None, machine.frame.context)
    if info.node.type_parameters is not None:
        with machine.running(frame):
            for each_ in info.node.type_parameters.params:
                frame.hidden[each_.param.name.value] = _variable(machine, each_.param)
    return frame


def _variable(machine: Machine, param: cst.TypeVar | cst.TypeVarTuple | cst.ParamSpec) -> Value:
    bound = param.bound if isinstance(param, cst.TypeVar) else None
    return UNKNOWN if bound is None else Maker(machine.annotation(bound))


def _inferred(info: FunctionInfo) -> Value:
    if info.yields:
        return Seq(info.yielded, asynchronous=info.asynchronous)
    value = info.result
    if value == NOTHING and info.progress is not Progress.RUNNING:
        value = UNKNOWN
    return Await(value) if info.asynchronous else value


def _wrapped(info: FunctionInfo, value: Value) -> Value:
    if info.wrap is not Wrap.MANAGER:
        return value
    if isinstance(value, Seq):
        item = async_item_of(value) if value.asynchronous else item_of(value)
        return ACM(item) if value.asynchronous else CM(item)
    return UNKNOWN


def run_function(machine: Machine, info: FunctionInfo) -> None:
    """Look at the body of a function until its result stays the same."""
    machine.depth += 1
    try:
        for _ in range(MAX_TURNS):
            before = info.result
            info.recursive = False
            info.progress = Progress.RUNNING
            frame = _run_once(machine, info)
            _conclude(info, frame)
            machine.news += _is_news(info, before)
            if not info.recursive or info.result == before:
                break
        else:
            info.result = UNKNOWN
    finally:
        machine.depth -= 1
    info.progress = Progress.PROVISIONAL if frame.provisional and not info.recursive else Progress.DONE
    info.early, info.news = frame.early, machine.news
    machine.frames[id(info.node)] = frame


def _is_news(info: FunctionInfo, before: Value) -> bool:
    """Return whether those who asked for the result before would get a better answer, or a worse one, now."""
    nothing_new = before == NOTHING and not is_telling(info.result) and not info.recursive
    return info.result != before and not nothing_new


def _run_once(machine: Machine, info: FunctionInfo) -> Frame:
    scope = info.scope
    scope.values.clear()
    scope.finished = False
    cls = info.cls or _class_around(machine, scope)
    state = State()
    frame = Frame(scope, info, cls, machine.frame, state, new_context(info.node), lost=state.lost)
    with machine.running(frame):
        _bind_parameters(machine, info)
        machine.parts.body(machine, info.node.body)
        if frame.state is not None and not frame.yields:
            frame.returned = join(frame.returned, NONE)
    scope.finished = True
    return frame


def _class_around(machine: Machine, scope: Scope) -> ClassInfo | None:
    """Return the class whose method a nested function stands in: ``super()`` and ``__class__`` work there."""
    outer = scope.parent
    while outer is not None and outer.kind is ScopeKind.FUNCTION:
        function = machine.bindings.functions_named.get(outer.name)
        if function is not None and function.cls is not None:
            return function.cls
        outer = outer.parent
    return None


def _conclude(info: FunctionInfo, frame: Frame) -> None:
    info.yields = frame.yields
    info.yielded = without_origin(frame.yielded)
    info.identity = _identity(info, frame)
    info.result = without_origin(frame.returned)


def _identity(info: FunctionInfo, frame: Frame) -> int | None:
    """Return the position of the parameter that is the only thing a function returns."""
    names = set(frame.returns)
    if len(names) != 1 or info.asynchronous or frame.yields:
        return None
    name = names.pop()
    if name is None or info.scope.bound.get(name) != 1:
        return None
    positional = [each.name.value for each in (*info.node.params.posonly_params, *info.node.params.params)]
    return positional.index(name) if name in positional else None


def _bind_parameters(machine: Machine, info: FunctionInfo) -> None:
    params = info.node.params
    first = next(parameters_of(params), None)
    for parameter in parameters_of(params):
        value = _parameter(machine, info, parameter)
        if parameter is params.star_arg:
            value = Seq(value)
        elif parameter is params.star_kwarg:
            value = Map(value)
        if parameter is first and info.cls is not None and info.wrap is not Wrap.STATIC:
            value = _receiver(machine, info, info.cls, parameter)
        machine.bind(parameter.name.value, value, parameter)


def _parameter(machine: Machine, info: FunctionInfo, parameter: cst.Param) -> Value:
    if parameter.annotation is None:
        return UNKNOWN
    with machine.running(outside(machine, info)):
        value = machine.annotation(parameter.annotation.annotation)
    default = parameter.default
    if isinstance(default, cst.Name) and default.value == "None":
        value = join(value, NONE)
    return each(value, lambda one: _with_site(machine, one, parameter)) if value != NOTHING else UNKNOWN


def _with_site(machine: Machine, value: Value, parameter: cst.Param) -> Value:
    if isinstance(value, Inst) and value.origin is None:
        return Inst(value.cls, machine.site(parameter, None, "", None))
    return value


def _receiver(machine: Machine, info: FunctionInfo, cls: ClassInfo, parameter: cst.Param) -> Value:
    ref = ClassRef(machine.around.module, cls.scope.name)
    if info.wrap is Wrap.CLASS or info.node.name.value in {"__new__", "__init_subclass__", "__class_getitem__"}:
        return Class(ref)
    return Inst(ref, machine.site(parameter, None, "", None))
