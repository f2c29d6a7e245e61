"""What annotations say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import libcst as cst

from ci_lint.inference.join import NOTHING, join, join_all
from ci_lint.inference.machine import MAX_NESTING, Machine
from ci_lint.inference.values import (
    ACM,
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
    Map,
    NoneValue,
    Seq,
    Str,
    Tuple,
    Union,
    Value,
)


def annotated(machine: Machine, node: cst.BaseExpression) -> Value:
    """Return the value that something has which is annotated so."""
    if machine.nesting >= MAX_NESTING:
        return UNKNOWN
    machine.nesting += 1
    try:
        look = _FORMS.get(type(node))
        return look(machine, node) if look is not None else UNKNOWN
    finally:
        machine.nesting -= 1


def _named(machine: Machine, node: cst.Name | cst.Attribute) -> Value:
    """Return an instance of what a name stands for."""
    if isinstance(node, cst.Name) and node.value == "None":
        return NONE
    return _instance(machine, _meaning(machine, node))


def _meaning(machine: Machine, node: cst.BaseExpression) -> Value:
    """Return what a name stands for; annotations may name what is defined later, so order is no matter."""
    path: list[str] = []
    while isinstance(node, cst.Attribute):
        path.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return UNKNOWN
    hidden = machine.frame.hidden.get(node.value)
    value = machine.free(node.value, machine.frame.scope) if hidden is None else hidden
    for name in reversed(path):
        value = machine.attribute(value, name, node)
    return value


def _instance(machine: Machine, value: Value) -> Value:
    if isinstance(value, Class):
        return Inst(value.cls)
    if isinstance(value, Maker):
        return value.value
    if isinstance(value, External):
        if value.name == "builtins.str":
            return TEXT
        if value.name in _SELF and machine.frame.cls is not None:
            return Inst(ClassRef(machine.around.module, machine.frame.cls.scope.name))
    if isinstance(value, Union):
        return _alias_union(machine, value)
    return NONE if isinstance(value, NoneValue) else UNKNOWN


def _alias_union(machine: Machine, value: Union) -> Value:
    """A name that is bound to several classes, such as a fallback for a failed import."""
    return join_all(_instance(machine, member) for member in value.members) if value.members else UNKNOWN


def _quoted(machine: Machine, node: cst.SimpleString | cst.ConcatenatedString) -> Value:
    said = machine.evaluate(node)
    if not isinstance(said, Str) or len(said.texts[0]) > _MAX_QUOTED:
        return UNKNOWN
    try:
        expression = cst.parse_expression(said.texts[0].strip())
    except cst.ParserSyntaxError:
        return UNKNOWN
    return machine.annotation(expression)


def _either(machine: Machine, node: cst.BinaryOperation) -> Value:
    """Return what ``A | B`` says; long unions lean to the left."""
    sides: list[cst.BaseExpression] = []
    inner: cst.BaseExpression = node
    while isinstance(inner, cst.BinaryOperation):
        if not isinstance(inner.operator, cst.BitOr):
            return UNKNOWN
        sides.append(inner.right)
        inner = inner.left
    sides.append(inner)
    return join_all(machine.annotation(side) for side in reversed(sides))


def _generic(machine: Machine, node: cst.Subscript) -> Value:
    head = _meaning(machine, node.value)
    if isinstance(head, Class):
        return Inst(head.cls)
    if not isinstance(head, External):
        return UNKNOWN
    arguments = [each.slice.value for each in node.slice if isinstance(each.slice, cst.Index)]
    form = _GENERICS.get(head.name.rpartition(".")[2]) if arguments and _is_generic(head.name) else None
    return UNKNOWN if form is None else form(machine, arguments)


def _is_generic(name: str) -> bool:
    return name.startswith(("typing.", "typing_extensions.", "collections.", "contextlib.", "builtins.", "asyncio."))


_Arguments = list[cst.BaseExpression]


def _optional(machine: Machine, arguments: _Arguments) -> Value:
    return join(machine.annotation(arguments[0]), NONE)


def _union(machine: Machine, arguments: _Arguments) -> Value:
    return join_all(machine.annotation(each) for each in arguments)


def _first(machine: Machine, arguments: _Arguments) -> Value:
    return machine.annotation(arguments[0])


def _type(machine: Machine, arguments: _Arguments) -> Value:
    value = machine.annotation(arguments[0])
    return Class(value.cls) if isinstance(value, Inst) else UNKNOWN


def _await(machine: Machine, arguments: _Arguments) -> Value:
    return Await(machine.annotation(arguments[-1]))


def _sequence(machine: Machine, arguments: _Arguments) -> Value:
    return Seq(machine.annotation(arguments[0]))


def _concrete(machine: Machine, arguments: _Arguments) -> Value:
    return Seq(machine.annotation(arguments[0]), concrete=True)


def _async_sequence(machine: Machine, arguments: _Arguments) -> Value:
    return Seq(machine.annotation(arguments[0]), asynchronous=True)


def _map(machine: Machine, arguments: _Arguments) -> Value:
    return Map(machine.annotation(arguments[1])) if len(arguments) > 1 else UNKNOWN


def _tuple(machine: Machine, arguments: _Arguments) -> Value:
    if len(arguments) == 2 and isinstance(arguments[1], cst.Ellipsis):
        return Seq(machine.annotation(arguments[0]), concrete=True)
    return Tuple(tuple([machine.annotation(each) for each in arguments]))


def _manager(machine: Machine, arguments: _Arguments) -> Value:
    return CM(machine.annotation(arguments[0]))


def _async_manager(machine: Machine, arguments: _Arguments) -> Value:
    return ACM(machine.annotation(arguments[0]))


def _callable(machine: Machine, arguments: _Arguments) -> Value:
    return Maker(machine.annotation(arguments[-1])) if len(arguments) == 2 else UNKNOWN


_GENERICS: Final[Mapping[str, Callable[[Machine, _Arguments], Value]]] = {
    "Optional": _optional,
    "Union": _union,
    **dict.fromkeys(("Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly"), _first),
    **dict.fromkeys(("type", "Type"), _type),
    **dict.fromkeys(("Awaitable", "Coroutine", "Task", "Future"), _await),
    **dict.fromkeys(
        ("list", "set", "frozenset", "List", "Set", "FrozenSet", "MutableSequence", "MutableSet"), _concrete
    ),
    **dict.fromkeys(("Sequence", "Iterable", "Iterator", "Collection", "AbstractSet", "Generator", "deque"), _sequence),
    **dict.fromkeys(("AsyncIterator", "AsyncIterable", "AsyncGenerator"), _async_sequence),
    **dict.fromkeys(("dict", "Dict", "Mapping", "MutableMapping", "OrderedDict", "defaultdict"), _map),
    **dict.fromkeys(("tuple", "Tuple"), _tuple),
    **dict.fromkeys(("AbstractContextManager", "ContextManager"), _manager),
    **dict.fromkeys(("AbstractAsyncContextManager", "AsyncContextManager"), _async_manager),
    "Callable": _callable,
}
_FORMS: Final[Mapping[type, Callable[[Machine, Any], Value]]] = {
    cst.Name: _named,
    cst.Attribute: _named,
    cst.SimpleString: _quoted,
    cst.ConcatenatedString: _quoted,
    cst.BinaryOperation: _either,
    cst.Subscript: _generic,
}
_SELF: Final = frozenset({"typing.Self", "typing_extensions.Self"})
_MAX_QUOTED: Final = 1000


def is_self(machine: Machine, node: cst.BaseExpression) -> bool:
    """Return whether an annotation is ``Self``."""
    meaning = _meaning(machine, node) if isinstance(node, cst.Name | cst.Attribute) else UNKNOWN
    return isinstance(meaning, External) and meaning.name in _SELF


_BARE: Final = frozenset({"TypeAlias", "Final", "ClassVar"})


def is_bare(machine: Machine, node: cst.BaseExpression) -> bool:
    """Return whether an annotation says nothing about the type, so that the value speaks: ``x: Final = 1``."""
    meaning = _meaning(machine, node) if isinstance(node, cst.Name | cst.Attribute) else UNKNOWN
    return isinstance(meaning, External) and meaning.name.rpartition(".")[2] in _BARE


def is_alias(machine: Machine, node: cst.BaseExpression) -> bool:
    """Return whether an annotation is ``TypeAlias``, so that a string names a type."""
    meaning = _meaning(machine, node) if isinstance(node, cst.Name | cst.Attribute) else UNKNOWN
    return isinstance(meaning, External) and meaning.name.rpartition(".")[2] == "TypeAlias"


def prefer(declared: Value, value: Value, is_subclass: Callable[[ClassRef, ClassRef], bool]) -> Value:
    """Return what is known of something that is annotated and has a value: the annotation, or the finer value."""
    if value in (declared, NOTHING):
        return declared
    if isinstance(declared, Inst) and isinstance(value, Inst) and is_subclass(value.cls, declared.cls):
        return value
    if isinstance(declared, Union) and any(isinstance(member, Inst) for member in declared.members):
        fits = isinstance(value, Inst) and any(
            isinstance(member, Inst) and is_subclass(value.cls, member.cls) for member in declared.members
        )
        return value if fits or (value == NONE and NONE in declared.members) else declared
    if declared == TEXT and isinstance(value, Str):
        return value
    return declared
