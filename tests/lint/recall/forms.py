"""Ways to write the same thing: how `ci` is imported, how an object gets its name, how a parameter is annotated."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Keeps(enum.IntEnum):
    """What can be known of an object after it was written in another way."""

    TYPE = 1
    """What it is."""

    OBJECT = 2
    """That two uses speak of the same object."""

    ORIGIN = 3
    """Which call made it, so its id and its DAG too."""

    LIFE = 4
    """Everything that happens to it."""


@dataclass(frozen=True)
class Binding:
    """A way to give an object its name.

    Attributes:
        name: What it is called.
        text: The code: ``{name}``, ``{expr}``, ``{type}`` and ``{rest}``, the code that uses it, which is indented
            like the line that it stands on. ``{async}`` is ``async `` if the rest awaits something.
        keeps: What can be known afterwards.
        before: Code before the first statement of the module; it may use ``{expr}`` and ``{type}``.
        beside: Other modules, by path.
        inline: Whether the expression stands where it stood, so that it may use local names.
        awaits: Whether the code around it has to be async.
    """

    name: str
    text: str
    keeps: Keeps
    before: str = ""
    beside: dict[str, str] = field(default_factory=dict)
    inline: bool = True
    awaits: bool = False


@dataclass(frozen=True)
class Annotation:
    """A way to say what a parameter is.

    Attributes:
        name: What it is called.
        type: The annotation; ``{type}`` is the type.
        before: Code before the first statement of the module.
        body: Code at the beginning of the function; the rest stands in ``{rest}``.
        awaits: Whether the function has to be async.
        keeps: What can be known afterwards.
    """

    name: str
    type: str
    before: str = ""
    body: str = "{rest}"
    awaits: bool = False
    keeps: Keeps = Keeps.OBJECT
