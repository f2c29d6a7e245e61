"""What a picture of a graph shows, whatever language it is written in."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from ci.graph.definitions import Definition, StageDefinition
from ci.graph.index import Index
from turboci.dependencies import DependencyGroup, NodeKind, NodeRef, Predicate, When
from turboci.nodes import Check, Nodes, Stage
from turboci.states import Outcome


class Line(enum.Enum):
    """What an arrow means."""

    NEEDED = "all of these are waited for"
    ALTERNATIVE = "some of these are waited for"
    ANSWER = "the stage answers the check"
    CHILD = "the stage has added the other one, and waits for it"


@dataclass(frozen=True, slots=True)
class Box:
    """A node, or a step: a stage that answers one check of its own id.

    Attributes:
        name: What arrows call it.
        kind: A check, or a stage or step.
        id: What people read.
        note: A second line; may be empty.
        outcome: How it ended, or None.
    """

    name: str
    kind: NodeKind
    id: str
    note: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Arrow:
    """A line between two boxes, by their names; `words` may be empty."""

    source: str
    target: str
    line: Line
    words: str = ""


class Drawing:
    """A picture in the making.

    Attributes:
        boxes: In order; those of nodes that are missing come last.
        arrows: In order.
    """

    def __init__(self) -> None:
        self.boxes: list[Box] = []
        self.arrows: list[Arrow] = []
        self._names: dict[NodeRef, str] = {}

    def box(self, ref: NodeRef, *aliases: NodeRef, note: str = "", outcome: Outcome | None = None) -> None:
        """Draw a node; arrows to `aliases` go to the same box."""
        name = f"n{len(self.boxes)}"
        for each in (ref, *aliases):
            self._names[each] = name
        self.boxes.append(Box(name, ref.kind, ref.id, note, outcome))

    def edges(self, ref: NodeRef, group: DependencyGroup) -> None:
        """Draw what a node waits for."""
        for edge in group.dependencies:
            words = [] if edge.when is When.SUCCEEDED else [edge.when.value.lower()]
            if group.predicate is not Predicate.AND:
                words.append("any" if group.predicate is Predicate.OR else f"at least {group.threshold}")
            line = Line.NEEDED if group.predicate is Predicate.AND else Line.ALTERNATIVE
            self.arrow(edge.target, ref, line, ", ".join(words))

    def answers(self, stage: NodeRef, check: NodeRef) -> None:
        """Draw that a stage answers a check."""
        if self._names.get(stage) != self._names.get(check):
            self.arrow(stage, check, Line.ANSWER)

    def arrow(self, source: NodeRef, target: NodeRef, line: Line, words: str = "") -> None:
        """Draw an arrow; a node that there is not gets a box that says so."""
        for each in (source, target):
            if each not in self._names:
                self.box(each, note="missing")
        self.arrows.append(Arrow(self._names[source], self._names[target], line, words))


def drawing_of_definitions(index: Index) -> Drawing:
    """Return the picture of a graph as it was defined."""
    drawing = Drawing()
    checks, stages = list(_defined(index, NodeKind.CHECK)), list(_defined(index, NodeKind.STAGE))
    steps = {stage.check for stage in stages if isinstance(stage, StageDefinition)}
    for check in checks:
        if check not in steps:
            drawing.box(check.ref)
    for stage in stages:
        drawing.box(stage.ref, *([] if stage.target is stage else [stage.target.ref]))
    for definition in (*checks, *stages):
        _draw_links(drawing, definition, index)
    return drawing


def _defined(index: Index, kind: NodeKind) -> Iterator[Definition]:
    for id in index.ids(kind):
        definition = index.find(NodeRef(kind, id))
        if definition is not None:
            yield definition


def _draw_links(drawing: Drawing, definition: Definition, index: Index) -> None:
    edges = tuple([index.dependency(link) for link in definition.links])
    drawing.edges(definition.ref, DependencyGroup(definition.predicate, edges, definition.threshold))
    if isinstance(definition, StageDefinition):
        for link in definition.answers:
            drawing.answers(definition.ref, link.ref)


def drawing_of_nodes(nodes: Nodes) -> Drawing:
    """Return the picture of a plan with the states of its nodes."""
    drawing = Drawing()
    checks = {check.id: check for check in nodes.checks}
    steps = {stage.id: checks[stage.id] for stage in nodes.stages if _is_step(stage) and stage.id in checks}
    for check in nodes.checks:
        if check.id not in steps:
            drawing.box(check.ref, note=_note(check), outcome=check.outcome)
    for stage in nodes.stages:
        step = steps.get(stage.id)
        shown = stage if step is None or stage.outcome is not Outcome.SUCCEEDED else step
        drawing.box(stage.ref, *([] if step is None else [step.ref]), note=_note(shown), outcome=shown.outcome)
    for check in nodes.checks:
        drawing.edges(check.ref, check.dependencies)
    for stage in nodes.stages:
        _draw_stage(drawing, stage)
    return drawing


def _draw_stage(drawing: Drawing, stage: Stage) -> None:
    drawing.edges(stage.ref, stage.dependencies)
    for assignment in stage.assignments:
        drawing.answers(stage.ref, NodeRef(NodeKind.CHECK, assignment.target_check_id))
    if stage.parent_stage_id:
        drawing.arrow(NodeRef(NodeKind.STAGE, stage.parent_stage_id), stage.ref, Line.CHILD)


def _is_step(stage: Stage) -> bool:
    return [assignment.target_check_id for assignment in stage.assignments] == [stage.id]


def _note(node: Check | Stage) -> str:
    return node.outcome.value if node.outcome is not None else node.state.name
