"""Gathers what is said to each DAG, and decides whether all of it can be seen."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

import libcst as cst

from ci_lint.facts import Argument, Assigned, Call, Defined, Depends, Graph, GraphEvent, RunnerSet, Target
from ci_lint.inference.site import Site
from ci_lint.inference.values import Await, Inst, Maker, Value
from ci_lint.table.signature import Role

_NODES: Final = frozenset({"CheckNode", "StageNode", "CheckDraft", "StageDraft"})
_OWNERS: Final = frozenset({"DAG", "CheckSettings", "StageSettings", *_NODES})
_STEPS: Final = frozenset({"step", "shell", "function"})
_NUMBERED: Final = frozenset({"auto_check", "auto_stage"})
_ALL_OF: Final = frozenset({"depends_on", "after", "after_checks"})


def graphs_of(calls: Sequence[Call], escaped: Collection[Site], *, shared: bool, blind: bool) -> tuple[Graph, ...]:
    """Return every DAG that is made in a module.

    Args:
        calls: All calls of `ci`.
        escaped: What goes where nobody follows it.
        shared: Whether other modules may change what the module hands out.
        blind: Whether something may be said that cannot be seen.
    """
    lost = {each for site in escaped for each in _roots(site)}
    blind = blind or any(_is_blind(call) for call in calls)
    found = []
    for call in calls:
        if call.signature.owner == call.signature.name == "DAG" and call.origin is not None:
            dag = call.origin
            events = tuple(_events(calls, dag))
            in_module = call.context.function is None
            watched = not (blind or dag in lost or (in_module and shared))
            closed = watched and _is_certain(events)
            found.append(Graph(dag, call.context, events, closed, _executed(calls, dag), watched))
    return tuple(found)


def _roots(site: Site) -> Iterator[Site]:
    """Yield an object and what it was made by: who holds a node can reach no DAG, but change that node."""
    inner: Site | None = site
    while inner is not None:
        yield inner
        inner = inner.made_by


def _is_blind(call: Call) -> bool:
    """Return whether something is said to a node or DAG and nobody knows to which."""
    if call.signature.owner not in _OWNERS or call.signature.name == "DAG":
        return False
    return call.receiver is None or call.receiver.origin is None


def _is_certain(events: Sequence[GraphEvent]) -> bool:
    """Return whether all ids and targets are known."""
    return all(_is_complete(event) for event in events)


def _is_complete(event: GraphEvent) -> bool:
    if isinstance(event, Defined):
        return event.id is not None or event.call.signature.name in _NUMBERED
    if isinstance(event, RunnerSet):
        return True
    known = [target for target in event.targets if target.id is not None or target.site is not None]
    return not event.call.splat and len(known) == len(event.targets)


def _executed(calls: Sequence[Call], dag: Site) -> cst.Call | None:
    for call in calls:
        if call.signature.name == "execute" and call.receiver is not None and call.receiver.origin is dag:
            return call.node
        if call.signature.owner == "" and call.signature.name == "run":
            for argument in call.arguments:
                if isinstance(argument.value, Inst) and argument.value.origin is dag:
                    return call.node
    return None


def _events(calls: Sequence[Call], dag: Site) -> Iterator[GraphEvent]:
    for call in calls:
        origin = call.receiver.origin if call.receiver is not None else None
        if origin is dag and call.signature.defines:
            yield from _defined(call, dag)
        elif origin is not None and origin.made_by is dag and _is_node(call.receiver):
            yield from _said(call, origin, dag)


def _is_node(receiver: Inst | None) -> bool:
    return receiver is not None and receiver.cls.module == "ci" and receiver.cls.name in _NODES


def _defined(call: Call, dag: Site) -> Iterator[GraphEvent]:
    inst = instance_in(call.result)
    if inst is None or inst.origin is None:
        return
    yield Defined(call, inst.origin, call.signature.defines, inst.origin.id, dag)
    if call.signature.defines == "step" or call.with_role(Role.RUNNER):
        yield RunnerSet(call, inst.origin, dag)


def instance_in(value: Value) -> Inst | None:
    """Return the instance that a value is or gives."""
    while isinstance(value, Await | Maker):
        value = value.value
    return value if isinstance(value, Inst) else None


def _said(call: Call, node: Site, dag: Site) -> Iterator[GraphEvent]:
    if call.signature.parameter_with(Role.DEPENDENCY) is not None:
        targets = tuple([_target(each) for each in call.with_role(Role.DEPENDENCY)])
        yield Depends(call, node, targets, call.signature.name in _ALL_OF, dag)
    if call.signature.parameter_with(Role.ASSIGNED) is not None:
        yield Assigned(call, node, tuple([_target(each) for each in call.with_role(Role.ASSIGNED)]), dag)
    if call.signature.parameter_with(Role.RUNNER) is not None:
        yield RunnerSet(call, node, dag)


def _target(argument: Argument) -> Target:
    names = argument.parameter.names
    if argument.texts is not None:
        return Target(argument.node.value, None, argument.text, names, by_name=True)
    inst = argument.value if isinstance(argument.value, Inst) else None
    site = inst.origin if inst is not None else None
    if site is None:
        return Target(argument.node.value, None, None, names, by_name=False)
    return _of_site(argument.node.value, site)


def _of_site(node: cst.BaseExpression, site: Site) -> Target:
    """Return the node behind an object: a node, one of its conditions or references, or a reference by id."""
    if site.method in {"check", "stage", "assigns", "assigns_with_goal"} and site.made_by is None:
        kind = "stage" if site.method == "stage" else "check"
        return Target(node, None, site.id, kind, by_name=False)
    of_step = site.method == "check" and site.made_by is not None and site.made_by.method in _STEPS
    while site.made_by is not None and isinstance(site.node, cst.Attribute):
        of_step = of_step or site.method == "check"
        site = site.made_by
    kind = "check" if of_step or site.method in _STEPS or "check" in site.method else "stage"
    return Target(node, site, site.id, kind, by_name=False)
