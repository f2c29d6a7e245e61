"""Writes a drawing in the language of Graphviz."""

from __future__ import annotations

from typing import Final

from ci.dag.drawing import Arrow, Box, Drawing, Line
from turboci.dependencies import NodeKind
from turboci.states import Outcome

_ARROWS: Final = {
    Line.NEEDED: {},
    Line.ALTERNATIVE: {"style": "dashed"},
    Line.ANSWER: {"style": "bold"},
    Line.CHILD: {"arrowhead": "odot"},
}
_COLOURS: Final = {
    Outcome.SUCCEEDED: ("#d7f5dd", "#2da44e"),
    Outcome.FAILED: ("#ffd8d3", "#cf222e"),
    Outcome.SKIPPED: ("#eaeef2", "#8c959f"),
    Outcome.CANCELLED: ("#fff1cc", "#bf8700"),
}


def dot(drawing: Drawing, name: str) -> str:
    """Return the graph.

    Args:
        drawing: What it shows.
        name: What the graph is called; may be empty.
    """
    lines = [
        f"digraph {_quoted(name)} {{",
        "    rankdir=LR;",
        *map(_box, drawing.boxes),
        *map(_arrow, drawing.arrows),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _box(box: Box) -> str:
    attributes = {"shape": "ellipse" if box.kind is NodeKind.CHECK else "box"}
    if box.outcome is not None:
        attributes["style"] = "filled"
        attributes["fillcolor"], attributes["color"] = _COLOURS[box.outcome]
    return f"    {box.name} [label={_label(box)}{_more(attributes)}];"


def _label(box: Box) -> str:
    """Return the label; backslashes and entities of an id have no meaning, the line break before the note has."""
    text = box.id.replace("\\", "\\\\").replace("&", "&amp;").replace('"', '\\"')
    return f'"{text}\\n{box.note}"' if box.note else f'"{text}"'


def _arrow(arrow: Arrow) -> str:
    attributes = {**({"label": arrow.words} if arrow.words else {}), **_ARROWS[arrow.line]}
    listed = _more(attributes).removeprefix(", ")
    return f"    {arrow.source} -> {arrow.target}{f' [{listed}]' if listed else ''};"


def _more(attributes: dict[str, str]) -> str:
    return "".join(f", {name}={_quoted(value)}" for name, value in attributes.items())


def _quoted(text: str) -> str:
    """Return a string of the language, in which a backslash and a quote stand for themselves."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
