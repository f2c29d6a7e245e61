"""Draws a graph as a Mermaid flowchart."""

from __future__ import annotations

from collections.abc import Iterator

from ci.graph.definitions import Definition, StageDefinition
from ci.graph.index import Index
from turboci.dependencies import DependencyGroup, NodeKind, NodeRef, Predicate, When
from turboci.nodes import Check, Nodes, Stage
from turboci.states import Outcome

COLOURS = {
    Outcome.SUCCEEDED: "fill:#d7f5dd,stroke:#2da44e",
    Outcome.FAILED: "fill:#ffd8d3,stroke:#cf222e",
    Outcome.SKIPPED: "fill:#eaeef2,stroke:#8c959f",
    Outcome.CANCELLED: "fill:#fff1cc,stroke:#bf8700",
}


class Drawing:
    """A flowchart in the making. A stage that answers one check of its own id is drawn as one box, a step."""

    def __init__(self) -> None:
        self._boxes: dict[NodeRef, str] = {}
        self._lines: list[str] = []
        self._classes: dict[Outcome, list[str]] = {}

    def box(self, ref: NodeRef, *aliases: NodeRef, note: str = "", outcome: Outcome | None = None) -> None:
        """Draw a node; edges to `aliases` go to the same box."""
        name = f"n{len(self._lines)}"
        for each in (ref, *aliases):
            self._boxes[each] = name
        label = _escaped(ref.id) + (f"<br/>{note}" if note else "")
        opening, closing = ("([", "])") if ref.kind is NodeKind.CHECK else ("[", "]")
        self._lines.append(f'    {name}{opening}"{label}"{closing}')
        if outcome is not None:
            self._classes.setdefault(outcome, []).append(name)

    def edges(self, ref: NodeRef, group: DependencyGroup) -> None:
        """Draw what a node waits for."""
        for edge in group.dependencies:
            words = [] if edge.when is When.SUCCEEDED else [edge.when.value.lower()]
            if group.predicate is not Predicate.AND:
                words.append("any" if group.predicate is Predicate.OR else f"at least {group.threshold}")
            arrow = "-->" if group.predicate is Predicate.AND else "-.->"
            self._arrow(edge.target, ref, arrow + (f"|{', '.join(words)}|" if words else ""))

    def answers(self, stage: NodeRef, check: NodeRef) -> None:
        """Draw that a stage answers a check."""
        if self._boxes.get(stage) != self._boxes.get(check):
            self._arrow(stage, check, "==>")

    def text(self) -> str:
        """Return the flowchart."""
        return "\n".join(["flowchart LR", *self._lines, *self._styles()]) + "\n"

    def _arrow(self, source: NodeRef, target: NodeRef, arrow: str) -> None:
        if source not in self._boxes:
            self.box(source, note="missing")
        self._lines.append(f"    {self._boxes[source]} {arrow} {self._boxes[target]}")

    def _styles(self) -> Iterator[str]:
        for outcome, names in self._classes.items():
            yield f"    classDef {outcome.value} {COLOURS[outcome]}"
            yield f"    class {','.join(names)} {outcome.value}"


def draw_definitions(index: Index) -> str:
    """Return the flowchart of a DAG."""
    drawing = Drawing()
    checks = [definition for id in index.ids(NodeKind.CHECK) if (definition := index.find(NodeRef(NodeKind.CHECK, id)))]
    stages = [definition for id in index.ids(NodeKind.STAGE) if (definition := index.find(NodeRef(NodeKind.STAGE, id)))]
    steps = {stage.check for stage in stages if isinstance(stage, StageDefinition)}
    for check in checks:
        if check not in steps:
            drawing.box(check.ref)
    for stage in stages:
        drawing.box(stage.ref, *([] if stage.target is stage else [stage.target.ref]))
    for definition in (*checks, *stages):
        _draw_links(drawing, definition, index)
    return drawing.text()


def _draw_links(drawing: Drawing, definition: Definition, index: Index) -> None:
    group = definition.group
    if group is not None:
        edges = tuple([index.dependency(link) for link in definition.links])
        drawing.edges(definition.ref, DependencyGroup(group.predicate, edges, group.threshold))
    if isinstance(definition, StageDefinition):
        for link in definition.answers:
            drawing.answers(definition.ref, link.dependency.target)


def draw_nodes(nodes: Nodes) -> str:
    """Return the flowchart of a plan with the states of its nodes."""
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
        drawing.edges(stage.ref, stage.dependencies)
        for assignment in stage.assignments:
            drawing.answers(stage.ref, NodeRef(NodeKind.CHECK, assignment.target_check_id))
    return drawing.text()


def _is_step(stage: Stage) -> bool:
    return [assignment.target_check_id for assignment in stage.assignments] == [stage.id]


def _note(node: Check | Stage) -> str:
    return node.outcome.value if node.outcome is not None else node.state.name


def _escaped(text: str) -> str:
    return text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
