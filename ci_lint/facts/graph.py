"""What is certain of a DAG that is made and filled in one function, or in the body of one module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import libcst as cst

from ci_lint.facts.call import Call
from ci_lint.facts.context import Context
from ci_lint.inference.site import Site


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A node that is named as a dependency or an assignment.

    Attributes:
        node: The expression that names it.
        site: The call that defined it, if the object is known.
        id: Its id, if that is known.
        kind: ``check`` or ``stage``: the kind of node that the expression names. A step given as an object is its
            check.
        by_name: Whether it is named by a plain id and not by an object.
    """

    node: cst.BaseExpression
    site: Site | None
    id: str | None
    kind: str
    by_name: bool


@dataclass(frozen=True, slots=True, eq=False)
class Defined:
    """A node was defined.

    Attributes:
        call: The call.
        site: The node, which later events name.
        kind: ``check``, ``stage``, or ``step`` for a check and the stage that answers it.
        id: Its id; None if that is not certain.
        dag: The DAG.
    """

    call: Call
    site: Site
    kind: str
    id: str | None
    dag: Site


@dataclass(frozen=True, slots=True, eq=False)
class Depends:
    """A node was told what to wait for.

    Attributes:
        call: The call, such as ``a.after(b)``; `call.splat` says whether there may be more targets.
        node: The node that waits.
        targets: What it waits for, in order of position.
        all_of: Whether it waits for all of them, not for some.
        dag: The DAG of `node`.
    """

    call: Call
    node: Site
    targets: tuple[Target, ...]
    all_of: bool
    dag: Site


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """A stage was told which checks it answers.

    Attributes:
        call: The call.
        node: The stage.
        targets: The checks, in order of position.
        dag: The DAG of `node`.
    """

    call: Call
    node: Site
    targets: tuple[Target, ...]
    dag: Site


@dataclass(frozen=True, slots=True, eq=False)
class RunnerSet:
    """A stage was told its runner type, by `runner` or by the call that defined it.

    Attributes:
        call: The call.
        node: The stage.
        dag: The DAG of `node`.
    """

    call: Call
    node: Site
    dag: Site


GraphEvent: TypeAlias = Defined | Depends | Assigned | RunnerSet


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A DAG and what was said to it, in the order of the code.

    Facts that need two events, such as a duplicate id, hold if ``first.call.context.may_follow(second.call.context)``
    fails for no pair of them; see `Context`. Facts about what is missing hold only if the graph is closed.

    Attributes:
        dag: Where it is made.
        context: Where that stands.
        events: In the order of the code.
        closed: Whether nothing can be added unseen: it and its nodes go nowhere, and all ids are certain.
        executed: The call that executes it, if there is one.
        watched: Whether it and its nodes go nowhere; not all ids need to be certain.
    """

    dag: Site
    context: Context
    events: tuple[GraphEvent, ...]
    closed: bool
    executed: cst.Call | None
    watched: bool = False
