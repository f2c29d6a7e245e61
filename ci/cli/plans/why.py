"""`turboci why`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import click

from ci.cli.exits import Exit
from ci.cli.plans.asking import Where, ask, asks, json_option, plan_argument
from ci.cli.plans.completing import complete_stage
from ci.cli.plans.finding import called, find_plan, find_refs
from ci.cli.plans.machine import print_json
from ci.cli.teaching import TaughtCommand
from ci.cli.view.wording import counted, one_line
from ci.port import Orchestrator
from turboci.dependencies import NodeRef
from turboci.nodes import Check, Nodes, Stage, WorkPlan
from turboci.reasons import Explanation, Reason, ReasonKind

_IN_TURN: Final = frozenset({ReasonKind.DEPENDENCY_OPEN, ReasonKind.STAGES_OPEN, ReasonKind.CHILDREN_OPEN})
"""Kinds that only point at other nodes of the plan."""
_MOST: Final = 40
"""Sentences that are printed unless all are asked for."""


@dataclass(frozen=True, slots=True)
class _Answer:
    plan: WorkPlan
    ended: tuple[Check | Stage, ...]
    explanation: Explanation


@click.command(cls=TaughtCommand, short_help="Say why a plan, or a node, is not done.")
@asks
@plan_argument
@click.argument("node", metavar="[NODE]", required=False, shell_complete=complete_stage)
@click.option("--all", "-a", "everything", is_flag=True, help=f"Print every sentence, also of more than {_MOST}.")
@json_option
def why(where: Where, plan: str, node: str | None, everything: bool, as_json: bool) -> int:
    """Say why a plan is not done: one sentence for each thing that is waited for.

    Examples:
        turboci why latest
        turboci why release deploy
        turboci why 3f9c04b1 check:approval

    What others wait for stands first: work that runs, runners that are missing or busy, retries that wait for their
    time, checks that nobody answers. Nodes that only wait for these come after it. NODE is the id of a check or a
    stage, or of both; what it waits for in turn is explained with it. Of a node that has ended it says how, and why.
    """

    async def answer(port: Orchestrator) -> _Answer:
        found = await find_plan(port, plan)
        if node is None:
            return _Answer(found, (), await port.explain(found.id))
        nodes = await port.query_nodes(found.id)
        refs = find_refs(found, nodes, node)
        return _Answer(found, _ended(nodes, refs), await port.explain(found.id, refs))

    said = ask(where, answer)
    if as_json:
        print_json({"plan": said.plan, "ended": [_verdict(each) for each in said.ended], "why": said.explanation})
        return Exit.OK
    for sentence in _sentences(said, node is None, None if everything else _MOST):
        click.echo(sentence)
    return Exit.OK


def _ended(nodes: Nodes, refs: Sequence[NodeRef]) -> tuple[Check | Stage, ...]:
    every: tuple[Check | Stage, ...] = (*nodes.checks, *nodes.stages)
    return tuple(node for node in every if node.ref in refs and node.outcome is not None)


def _verdict(node: Check | Stage) -> str:
    cause = f": {one_line(node.cause)}" if node.cause else ""
    return f"{node.ref} is {node.outcome.name if node.outcome else node.state.name}{cause}"


def _sentences(said: _Answer, whole: bool, most: int | None) -> list[str]:
    reasons = ordered(said.explanation.reasons) if whole else list(said.explanation.reasons)
    lines = [_verdict(node) for node in said.ended]
    lines += dict.fromkeys(one_line(reason.text) for reason in reasons)
    if not lines:
        what = "has no nodes yet" if said.plan.status.name == "EMPTY" else f"has ended: {said.plan.status.name}"
        cause = f": {one_line(said.plan.cause)}" if said.plan.cause else ""
        lines = [f"work plan {called(said.plan)} {what}{cause}"]
    lines += [one_line(str(attempt)) for attempt in said.explanation.stopping]
    if most is not None and len(lines) > most:
        lines[most:] = [f"and {counted(len(lines) - most, 'more sentence')}; --all prints them"]
    if said.explanation.stalled:
        lines.append(f"work plan {called(said.plan)} is stalled: nothing that is under way can finish it")
    return lines


def ordered(reasons: Sequence[Reason]) -> list[Reason]:
    """Return the reasons with those first that do not only point at other nodes of the plan."""
    return sorted(reasons, key=lambda reason: reason.kind in _IN_TURN)
