"""Turns what was found on the way into facts for the rules."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from ci_lint.facts import Argument, Call, Facts, Use
from ci_lint.inference.constants import texts_of
from ci_lint.inference.frame import Draft, Frame
from ci_lint.inference.graphs import graphs_of
from ci_lint.inference.join import NOTHING, change_insts, members
from ci_lint.inference.machine import Machine
from ci_lint.inference.site import Site
from ci_lint.inference.values import Inst, Value
from ci_lint.table.signature import Parameter


def facts_of(machine: Machine, module: cst.Module, *, shared: bool) -> Facts:
    """Return the facts of a module.

    Args:
        machine: What was found in it.
        module: Its tree.
        shared: Whether other modules may change what it hands out.
    """
    frames = list(_frames(machine, module))
    calls = tuple([_call(draft) for frame in frames for draft in frame.drafts.values()])
    escaped = frozenset(_escaped(machine, frames))
    return Facts(
        module,
        machine.around.table,
        calls,
        graphs_of(calls, escaped, shared=shared, blind=_is_blind(machine)),
        machine.text,
        tuple(machine.bindings.blocks),
        escaped,
        machine.externals,
    )


def _is_blind(machine: Machine) -> bool:
    """Return whether code may use names in ways that cannot be seen, such as by ``exec``."""
    scopes = [machine.bindings.module, *(info.scope for info in machine.bindings.functions.values())]
    return any(scope.open for scope in scopes)


def _frames(machine: Machine, module: cst.Module) -> Iterator[Frame]:
    """Yield the last run of every body, outer ones first."""
    yield machine.frames[id(module)]
    for key in machine.bindings.functions:
        if key in machine.frames:
            yield machine.frames[key]


def _call(draft: Draft) -> Call:
    return Call(
        draft.node,
        draft.signature,
        draft.receiver,
        tuple([_argument(*each) for each in draft.arguments]),
        draft.splat,
        draft.result,
        _use(draft),
        draft.context,
        draft.made_here,
        draft.built,
        draft.awaitable,
    )


def _argument(node: cst.Arg, parameter: Parameter, value: Value) -> Argument:
    texts = texts_of(value)
    return Argument(node, parameter, value, frozenset(texts) if texts is not None else None)


def _use(draft: Draft) -> Use:
    """Return what becomes of a result: what is bound to a name that nobody reads is as good as dropped."""
    if draft.bound is not None and draft.use is Use.USED:
        scope, name = draft.bound
        if name not in scope.read and not scope.open:
            return Use.UNREAD
    return draft.use


def _escaped(machine: Machine, frames: list[Frame]) -> Iterator[Site]:
    for frame in frames:
        yield from (escape.site for escape in frame.escapes.values())
        for value in frame.lost:
            yield from origins_in(value)
    for scope in [machine.bindings.module, *(info.scope for info in machine.bindings.functions.values())]:
        for name, values in scope.lost.items():
            if name in scope.shared:
                for value in values:
                    yield from origins_in(value)


def origins_in(value: Value) -> list[Site]:
    """Return the objects that a value may be or hold."""
    found: list[Site] = []

    def note(inst: Inst) -> Value:
        if inst.origin is not None:
            found.append(inst.origin)
        return inst

    for member in members(value):
        if member != NOTHING:
            change_insts(member, note)
    return found
