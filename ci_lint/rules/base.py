"""What a rule is."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import libcst as cst

from ci_lint.facts.facts import Facts
from ci_lint.findings import Fix
from ci_lint.problems import Problem
from ci_lint.reading.positions import Positions


def code(text: str) -> str:
    """Return a source that is written indented, from the line after its quotes."""
    return textwrap.dedent(text).removeprefix("\n")


@dataclass(frozen=True, slots=True)
class Note:
    """A second place that a finding speaks of.

    Attributes:
        node: The place.
        text: What is there, such as ``first named here``.
    """

    node: cst.CSTNode
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule has found. Places are nodes: offsets are worked out only for files that have findings.

    Attributes:
        node: What is underlined.
        message: One sentence: the wording of the problem with its values filled in. Where it names another line, it is
            made when positions are known.
        notes: Other places that explain it.
        help: What to do, if the message does not say it.
        mend: Makes the fix; it may return None, for example because a comment would be lost.
    """

    node: cst.CSTNode
    message: str | Callable[[Positions], str]
    notes: tuple[Note, ...] = ()
    help: str = ""
    mend: Callable[[Positions], Fix | None] | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """Code in which a rule finds something.

    Attributes:
        source: A whole module.
        fixed: The module after its fixes, unsafe ones included; None if there are none.
        count: How many findings there are.
    """

    source: str
    fixed: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        problem: Its code, name and wording.
        default: Whether it is on unless somebody says otherwise.
        what: What it finds; Markdown.
        why: Why that is bad; Markdown.
        fix: What the fix does and whether it is safe; Markdown, empty if there is none.
        invalid: Code in which it finds something. The first is the example of the documentation.
        valid: Code in which it finds nothing. The first is the mended example of the documentation.
        check: Finds.
    """

    problem: Problem
    default: bool
    what: str
    why: str
    fix: str
    invalid: tuple[Example, ...]
    valid: tuple[str, ...]
    check: Callable[[Facts], Iterator[Finding]]

    @property
    def code(self) -> str:
        """The code, such as ``CI001``."""
        return self.problem.code

    @property
    def example(self) -> str:
        """The code of the documentation; empty if there is none that could be written today."""
        return self.invalid[0].source if self.invalid else ""

    @property
    def name(self) -> str:
        """The name, such as ``empty-id``."""
        return self.problem.name
