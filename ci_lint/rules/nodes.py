"""Which node of a plan an expression names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import libcst as cst

from ci_lint.facts import Argument, Call, Defined, Facts
from ci_lint.inference.join import without_none
from ci_lint.inference.site import Site
from ci_lint.inference.values import Inst, Value
from ci_lint.table import Role

CHECK: Final = "check"
STAGE: Final = "stage"

Key: TypeAlias = tuple[object, ...]
"""The same for what certainly is the same node, within one file."""

_DEFINERS: Final = {
    **dict.fromkeys(("check", "auto_check", "add_check", "define_check", "new_check", "CheckBuilder"), CHECK),
    **dict.fromkeys(("stage", "auto_stage", "add_stage", "define_stage", "new_stage", "StageBuilder"), STAGE),
    **dict.fromkeys(("step", "shell", "function"), STAGE),
}
"""What kind of node a call makes, by its name. A step is the stage that answers it."""

STEPS: Final = frozenset({"step", "shell", "function"})
_CONDITIONS: Final = frozenset({"succeeded", "finished", "failed"})
_CONDITION_CLASSES: Final = frozenset({"NodeCondition", "Dependency"})
_NODE_CLASSES: Final = frozenset(
    {"CheckNode", "StageNode", "CheckDraft", "StageDraft", "CheckHandle", "StageHandle", "CheckBuilder", "StageBuilder"}
)
_NAMED_BY: Final = {
    **dict.fromkeys(("CheckNode", "CheckDraft", "CheckHandle", "CheckBuilder"), CHECK),
    **dict.fromkeys(("StageNode", "StageDraft"), CHECK),  # if it is a step; else nobody speaks of its check
    **dict.fromkeys(("StageHandle", "StageBuilder"), STAGE),
}
"""What an object of a class names as a dependency, if nothing else is known of it."""


@dataclass(frozen=True, slots=True)
class Named:
    """A node that is named somewhere.

    Attributes:
        kind: ``check`` or ``stage``.
        id: Its id; None if that is not certain.
        dag: What it belongs to; None if that is not certain.
        site: The call that made it; None if it is named by its id.
        when: How it has to end: ``succeeded``, ``finished`` or ``failed``.
    """

    kind: str
    id: str | None
    dag: Site | None
    site: Site | None
    when: str = "succeeded"

    @property
    def label(self) -> str:
        """What messages call it: by its id, or by the parameter that it is."""
        if self.id is not None:
            return f"{self.kind} {self.id!r}"
        given = self.site.node if self.site is not None else None
        return given.name.value if isinstance(given, cst.Param) else f"this {self.kind}"

    @property
    def key(self) -> Key | None:
        """The same for the same node; None if nothing is certain."""
        if self.id is not None and (self.dag is not None or self.site is None):
            return ("id", self.dag, self.kind, self.id)
        return ("site", self.site, self.kind) if self.site is not None else None

    @property
    def is_given(self) -> bool:
        """Whether it was not made here, so that it may be any node of any DAG."""
        return self.site is not None and not self.site.method


class Book:
    """Which nodes the calls of a file name.

    Args:
        facts: The file.
    """

    def __init__(self, facts: Facts) -> None:
        self._steps: set[tuple[Site | None, str | None]] = set()
        for graph in facts.graphs:
            steps = [each for each in graph.events if isinstance(each, Defined) and each.kind == "step"]
            self._steps |= {(each.dag, each.id) for each in steps}
        for call in facts.calls:
            if call.signature.defines == "step" and call.receiver is not None:
                self._steps |= {(call.receiver.origin, argument.text) for argument in call.with_role(Role.ID)}

    def is_step(self, node: Named) -> bool:
        """Return whether it is a step, so that a check and a stage with this id are one thing to people.

        What is given may be one: then less is a cycle than if it were not.
        """
        if node.site is not None:
            return node.site.method in STEPS or node.is_given
        return node.dag is not None and (node.dag, node.id) in self._steps

    def target(self, argument: Argument, call: Call) -> Named | None:
        """Return what a call names as a dependency or assignment; None if that is not certain."""
        dag = dag_of(call)
        if argument.text is not None:
            kind = argument.parameter.names
            if kind == STAGE and dag is not None and (dag, argument.text) in self._steps:
                kind = CHECK
            return Named(kind, argument.text, dag, None)
        return named(argument.value, dag)


@lru_cache(maxsize=1)
def book_of(facts: Facts) -> Book:
    """Return the nodes of a file; they are worked out once."""
    return Book(facts)


def dag_of(call: Call) -> Site | None:
    """Return what a call says something to: the DAG or plan that its names are looked up in."""
    origin = call.receiver.origin if call.receiver is not None else None
    if origin is None or call.receiver is None:
        return None
    return origin.made_by if call.receiver.cls.name in _NODE_CLASSES else origin


def said_to(call: Call) -> Named | None:
    """Return the node that a call says something about; None if it speaks of none or it is not certain which."""
    receiver = call.receiver
    if receiver is not None and receiver.cls.name in _NODE_CLASSES and receiver.origin is not None:
        return _made(receiver.origin) or _given(receiver.origin, STAGE if "Stage" in receiver.cls.name else CHECK)
    if call.signature.defines:
        for argument in call.with_role(Role.ID):
            kind = CHECK if call.signature.defines == CHECK else STAGE
            return Named(kind, argument.text, dag_of(call), None) if argument.text is not None else None
    return None


def named(value: Value, dag: Site | None) -> Named | None:
    """Return the node that a value stands for as a dependency.

    Args:
        value: A node, condition, reference or handle; None would be wrong too.
        dag: Where references are looked up.
    """
    value = without_none(value)
    if not isinstance(value, Inst) or value.origin is None or value.cls.module != "ci":
        return None
    site, name = value.origin, value.cls.name
    if name in _CONDITION_CLASSES:
        if not isinstance(site.node, cst.Attribute) or site.method not in _CONDITIONS or site.made_by is None:
            return None
        return _of_site(site.made_by, dag, site.method, name == "Dependency")
    if name not in {*_NODE_CLASSES, "NodeRef"}:
        return None
    return _of_site(site, dag, "succeeded", name == "NodeRef") or _given(site, _NAMED_BY.get(name, "node"))


def _of_site(site: Site, dag: Site | None, when: str, is_reference: bool) -> Named | None:
    if isinstance(site.node, cst.Attribute):
        return _of_attribute(site, when)
    if is_reference:
        return Named(site.method, site.id, dag, None, when) if site.id and site.method in {CHECK, STAGE} else None
    made = _made(site)
    if made is None:
        return None
    return Named(CHECK if site.method in STEPS else made.kind, made.id, made.dag, made.site, when)


def _given(site: Site, kind: str) -> Named | None:
    """Return a node of which only the class is known: a parameter, or what a function of the project gave."""
    return None if site.method else Named(kind, None, None, site)


def _of_attribute(site: Site, when: str) -> Named | None:
    """Read ``step.check`` and ``node.ref``."""
    made = _made(site.made_by) if site.made_by is not None else None
    if made is None or site.method not in {"ref", "check"}:
        return None
    return Named(CHECK if site.method == "check" else made.kind, made.id, made.dag, made.site, when)


def _made(site: Site) -> Named | None:
    kind = _DEFINERS.get(site.method)
    return None if kind is None else Named(kind, site.id, site.made_by, site)
