"""What calls give, and the calls that rules want to know of."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ci_lint.inference.arguments import Bound, bind_arguments, given_to
from ci_lint.inference.awaiting import is_awaitable
from ci_lint.inference.classes import (
    class_attribute,
    instance_attribute,
    local_class,
    local_function,
    summary_of_class,
)
from ci_lint.inference.container_calls import call_container
from ci_lint.inference.external import call_external
from ci_lint.inference.frame import Draft
from ci_lint.inference.functions import look_into, summarise
from ci_lint.inference.join import join_all, members, without_origin, without_texts
from ci_lint.inference.machine import Machine
from ci_lint.inference.state import State
from ci_lint.inference.tabled import PACKAGE, read
from ci_lint.inference.values import (
    NONE,
    UNKNOWN,
    Await,
    Class,
    ContainerMethod,
    External,
    Func,
    Inst,
    Maker,
    Map,
    Method,
    Seq,
    Str,
    Value,
)
from ci_lint.modules.summary import FunctionSummary
from ci_lint.table.signature import Role, Signature


def call(machine: Machine, callee: Value, node: cst.Call, values: list[Value]) -> Value:
    """Return what a call gives; note it if it certainly is one of `ci`."""
    machine.frame.drafts.pop(id(node), None)
    if callee is UNKNOWN:
        _escape(machine, node, values)
        return UNKNOWN
    targets = [member for member in members(callee) if member != NONE]
    if not targets:
        return UNKNOWN
    signatures = [signature_of(machine, target) for target in targets]
    first = signatures[0]
    bound = () if first is None else bind_arguments(first, node, values)
    results = [
        _call_one(machine, target, node, values)
        if signature is None
        else _call_ci(
            machine, target, signature, node, bound if signature is first else bind_arguments(signature, node, values)
        )
        for target, signature in zip(targets, signatures, strict=True)
    ]
    result = join_all(results)
    if first is not None and all(_alike(first, other) for other in signatures[1:]):
        _note(machine, targets, first, node, bound, result)
    else:
        _lose(machine, targets, node)
    return result


def _lose(machine: Machine, targets: Sequence[Value], node: cst.Call) -> None:
    """Note that something may be said to objects that rules do not hear of."""
    for target in targets:
        if isinstance(target, Method) and target.owner.module == PACKAGE:
            machine.escape(target.receiver, node)


def signature_of(machine: Machine, target: Value) -> Signature | None:
    """Return the signature of something of `ci` that can be called."""
    table = machine.around.table
    if isinstance(target, Func) and target.module == PACKAGE:
        return table.functions.get(target.name)
    if isinstance(target, Class) and target.cls.module == PACKAGE:
        return table.classes[target.cls.name].constructor if target.cls.name in table.classes else None
    if isinstance(target, Method) and target.owner.module == PACKAGE:
        entry = table.classes.get(target.owner.name)
        return entry.methods.get(target.name) if entry is not None else None
    return None


def _alike(first: Signature, second: Signature | None) -> bool:
    """Return whether no rule can tell two signatures apart but by their owner."""
    return second is not None and (first.name, first.parameters, first.defines, first.fluent, first.builds) == (
        second.name,
        second.parameters,
        second.defines,
        second.fluent,
        second.builds,
    )


def _call_ci(machine: Machine, target: Value, signature: Signature, node: cst.Call, bound: Bound) -> Value:
    receiver = target.receiver if isinstance(target, Method) else None
    if signature.fluent and receiver is not None:
        return receiver
    given = given_to(bound, signature.parameter_with(Role.ID))
    id_ = given.texts[0] if isinstance(given, Str) and len(given.texts) == 1 else None
    made_by = receiver.origin if isinstance(receiver, Inst) else None
    site = machine.site(node, made_by, signature.name, id_)
    positional = sum(argument.keyword is None for argument in node.args)
    keywords = [argument.keyword.value for argument in node.args if argument.keyword is not None]
    splat = any(argument.star for argument in node.args)
    returned = signature.returns if splat else signature.returned(positional, keywords)
    return read(returned, UNKNOWN if receiver is None else receiver, site)


def _note(
    machine: Machine, targets: Sequence[Value], signature: Signature, node: cst.Call, bound: Bound, result: Value
) -> None:
    frame = machine.frame
    target = targets[0]
    receiver = target.receiver if isinstance(target, Method) and len(targets) == 1 else None
    inst = receiver if isinstance(receiver, Inst) else None
    draft = Draft(
        node,
        signature,
        inst,
        bound,
        any(argument.star for argument in node.args),
        result,
        frame.context,
        _made_here(machine, node, inst),
        _builder(machine, inst, signature, node),
        is_awaitable(machine, result),
    )
    frame.drafts[id(node)] = draft


def _made_here(machine: Machine, node: cst.Call, receiver: Inst | None) -> bool:
    """Return whether the object that a call concerns is made in the same expression."""
    if not isinstance(node.func, cst.Attribute) or receiver is None:
        return True
    inner = node.func.value
    while isinstance(inner, cst.Await):
        inner = inner.expression
    if not isinstance(inner, cst.Call):
        return False
    draft = machine.frame.drafts.get(id(inner))
    return draft is not None and (not draft.signature.fluent or draft.made_here)


def _builder(machine: Machine, receiver: Inst | None, signature: Signature, node: cst.Call) -> cst.Call | None:
    """Return the earlier `build` of a builder, and remember this call if it is one."""
    state = machine.frame.state
    if receiver is None or receiver.origin is None or state is None:
        return None
    earlier = state.built.get(receiver.origin)
    if signature.builds:
        state.built[receiver.origin] = node
    return earlier if earlier is not node else None


def _call_one(machine: Machine, target: Value, node: cst.Call, values: list[Value]) -> Value:
    """Return what a call of anything else gives."""
    if isinstance(target, External):
        return call_external(machine, target.name, node, values)
    if isinstance(target, ContainerMethod):
        return call_container(machine, target, node, values)
    _escape(machine, node, values)
    if isinstance(target, Func | Method):
        passed = _passed_on(machine, target, node, values)
        if passed is not None:
            return passed
    return _made(machine, result_of(machine, target), node)


def _escape(machine: Machine, node: cst.Call, values: Sequence[Value]) -> None:
    """Note that arguments go where nobody follows them; lists may be changed there."""
    state = machine.frame.state
    if machine.frame.paths and state is not None:
        _forget_attributes(state, node)
    for argument, value in zip(node.args, values, strict=True):
        if value is UNKNOWN:
            continue
        machine.escape(value, node)
        if state is not None and isinstance(argument.value, cst.Name) and isinstance(value, Seq | Map):
            state.names[argument.value.value] = UNKNOWN


def _forget_attributes(state: State, node: cst.Call) -> None:
    """Forget the attributes of what a call is made on and given to: it may change them."""
    touched = [argument.value for argument in node.args]
    if isinstance(node.func, cst.Attribute):
        touched.append(node.func.value)
    for name in {each.value for each in touched if isinstance(each, cst.Name)}:
        holder = state.names.get(name)
        ours = isinstance(holder, Inst) and holder.cls.module == PACKAGE
        for path in [path for path in state.names if path.startswith(f"{name}.")]:
            if ours:
                state.names[path] = UNKNOWN  # whoever replaces a method of ours does not give it back
            else:
                del state.names[path]


def _made(machine: Machine, value: Value, node: cst.Call) -> Value:
    """Return a result whose instance is the object that this call gave."""
    if isinstance(value, Inst) and value.origin is None:
        return Inst(value.cls, machine.site(node, None, "", None))
    if isinstance(value, Await) and isinstance(value.value, Inst) and value.value.origin is None:
        return Await(Inst(value.value.cls, machine.site(node, None, "", None)))
    return value


def result_of(machine: Machine, target: Value) -> Value:
    """Return what a call of a value gives, whatever it is given."""
    signature = signature_of(machine, target)
    if signature is not None:
        return read(signature.returns, target.receiver if isinstance(target, Method) else UNKNOWN)
    if isinstance(target, Maker):
        return target.value
    if isinstance(target, Class):
        return _instance(machine, target)
    if isinstance(target, Func):
        return _of_function(machine, target)
    return _of_method(machine, target) if isinstance(target, Method) else UNKNOWN


def _instance(machine: Machine, target: Class) -> Value:
    """Return what calling a class gives, unless it has a ``__new__`` of its own."""
    new = class_attribute(machine, target, "__new__")
    return UNKNOWN if isinstance(new, Func | Method) else Inst(target.cls)


def _of_function(machine: Machine, target: Func) -> Value:
    info = local_function(machine, target)
    if info is not None:
        return summarise(machine, info)
    found = _function_summary(machine, target.module, target.name)
    return UNKNOWN if found is None else found.result


def _function_summary(machine: Machine, module: str, name: str) -> FunctionSummary | None:
    summary = machine.around.summaries.get(module)
    if summary is None:
        return None
    for each in summary.functions:
        if each.name == name:
            return each
    owner, _, method = name.rpartition(".")
    entry = next((each for each in summary.classes if each.name == owner), None)
    return next((each for each in entry.methods if each.name == method), None) if entry is not None else None


def _of_method(machine: Machine, target: Method) -> Value:
    info = local_class(machine, target.owner)
    if info is not None and target.name in info.methods:
        method = info.methods[target.name]
        return without_texts(summarise(machine, method)) if info.scope.finished else UNKNOWN
    found = summary_of_class(machine, target.owner)
    method_summary = next((each for each in found.methods if each.name == target.name), None) if found else None
    return UNKNOWN if method_summary is None else without_texts(method_summary.result)


def _passed_on(machine: Machine, target: Func | Method, node: cst.Call, values: list[Value]) -> Value | None:
    """Return the argument that a function returns unchanged; None if it does not."""
    identity, names = _identity_of(machine, target)
    if identity is None or any(argument.star for argument in node.args):
        return None
    if isinstance(target, Method):
        if identity == 0:
            return target.receiver
        identity -= 1
        names = names[1:]
    for index, (argument, value) in enumerate(zip(node.args, values, strict=True)):
        if argument.keyword is None and index == identity:
            return without_origin(value) if not isinstance(value, Inst) else value
        if argument.keyword is not None and identity < len(names) and argument.keyword.value == names[identity]:
            return value
    return None


def _identity_of(machine: Machine, target: Func | Method) -> tuple[int | None, tuple[str, ...]]:
    module = target.module if isinstance(target, Func) else target.owner.module
    name = target.name if isinstance(target, Func) else f"{target.owner.name}.{target.name}"
    info = local_function(machine, Func(module, name))
    if info is not None:
        look_into(machine, info)
        params = info.node.params
        return info.identity, tuple([each.name.value for each in (*params.posonly_params, *params.params)])
    found = _function_summary(machine, module, name)
    return (found.identity, found.parameters) if found is not None else (None, ())


def invoke(machine: Machine, receiver: Inst, name: str) -> Value:
    """Return what a method gives that Python itself calls."""
    method = instance_attribute(machine, receiver, name)
    if not isinstance(method, Method):
        return UNKNOWN
    identity, _ = _identity_of(machine, method)
    return receiver if identity == 0 else result_of(machine, method)
