"""Writes a drawing as a Mermaid flowchart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from ci.dag.drawing import Arrow, Box, Drawing, Line
from turboci.dependencies import NodeKind
from turboci.states import Outcome

_ARROWS: Final = {Line.NEEDED: "-->", Line.ALTERNATIVE: "-.->", Line.ANSWER: "==>", Line.CHILD: "--o"}
_STYLES: Final = {
    Outcome.SUCCEEDED: "fill:#d7f5dd,stroke:#2da44e",
    Outcome.FAILED: "fill:#ffd8d3,stroke:#cf222e",
    Outcome.SKIPPED: "fill:#eaeef2,stroke:#8c959f",
    Outcome.CANCELLED: "fill:#fff1cc,stroke:#bf8700",
}
_ENTITIES: Final = {"&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;"}
_SPECIAL: Final = re.compile(r'[&"<>`]|#(?=\w+;)')


def mermaid(drawing: Drawing) -> str:
    """Return the flowchart."""
    lines = [
        "flowchart LR",
        *map(_box, drawing.boxes),
        *map(_arrow, drawing.arrows),
        *_styles(drawing.boxes),
    ]
    return "\n".join(lines) + "\n"


def _box(box: Box) -> str:
    opening, closing = ("([", "])") if box.kind is NodeKind.CHECK else ("[", "]")
    label = _escaped(box.id) + (f"<br/>{box.note}" if box.note else "")
    return f'    {box.name}{opening}"{label}"{closing}'


def _arrow(arrow: Arrow) -> str:
    words = f"|{arrow.words}|" if arrow.words else ""
    return f"    {arrow.source} {_ARROWS[arrow.line]}{words} {arrow.target}"


def _styles(boxes: list[Box]) -> Iterator[str]:
    ended: defaultdict[Outcome, list[str]] = defaultdict(list)
    for box in boxes:
        if box.outcome is not None:
            ended[box.outcome].append(box.name)
    for outcome, names in ended.items():
        yield f"    classDef {outcome.value} {_STYLES[outcome]}"
        yield f"    class {','.join(names)} {outcome.value}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: _ENTITIES.get(found[0], "#35;"), text)
