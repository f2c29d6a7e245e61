"""CI014: an id that the grammar of ids does not allow."""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Iterator
from functools import partial
from typing import Final

import libcst as cst

from ci_lint.facts import Argument, Facts
from ci_lint.findings import Fix, Safety
from ci_lint.problems import INVALID_ID
from ci_lint.reading.positions import Positions
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule, code
from ci_lint.rules.mending import replace

_FORBIDDEN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_SHOWN: Final = 40


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find arguments that name a node and certainly are no id."""
    limit = facts.table.max_id_bytes
    for call in facts.calls:
        for argument in call.arguments:
            text = argument.text
            if not text or argument.parameter.role is None or not argument.parameter.names:
                continue
            reason = _reason(text, limit)
            if reason:
                shown = ascii(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!a}..."
                mend = partial(_mend, argument, text.strip(), limit)
                yield Finding(argument.node.value, INVALID_ID.text(id=shown, reason=reason), mend=mend)


def _reason(text: str, limit: int) -> str:
    """Return why a text is no id; empty if it is one."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return "it is not valid UTF-8"
    if size > limit:
        return f"it has {size:,} bytes, at most {limit} are allowed"
    if any(unicodedata.category(char) in _FORBIDDEN for char in text):
        return "it has a control character, ids are printable text"
    return ""


def _mend(argument: Argument, stripped: str, limit: int, positions: Positions) -> Fix | None:
    """Take blanks from both ends of a literal, if an id is left."""
    node = argument.node.value
    if not isinstance(node, cst.SimpleString) or node.prefix or not stripped or _reason(stripped, limit):
        return None
    literal = f"{node.quote}{stripped}{node.quote}"
    if "\\" in stripped or node.quote in stripped or ast.literal_eval(literal) != stripped:
        return None
    return replace(positions, positions.span(node), literal, "take the blanks away", Safety.UNSAFE)


RULE: Final = Rule(
    problem=INVALID_ID,
    default=True,
    what="An id that certainly is not one: longer than 255 bytes of UTF-8, or with a control character such as a line "
    "end.",
    why="Ids stand in logs, messages and graphs. Such an id raises `ci.InvalidArgument` as soon as the line runs.",
    fix="Takes blanks and line ends from both ends of a literal, if an id is left. Unsafe: it is another id then.",
    invalid=(
        Example(
            code(
                """
            import ci

            build = ci.check("build\\n")
            """
            ),
            code(
                """
            import ci

            build = ci.check("build")
            """
            ),
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.stage("exec\\tbuild").runner("builder")
            """
            )
        ),
        Example(
            code(
                """
            import ci

            build = ci.check("x" * 256)
            """
            )
        ),
        Example(
            code(
                """
            import ci

            group = ci.depends_on('\\x7f', 'build\\u2028')
            """
            ),
            code(
                """
            import ci

            group = ci.depends_on('\\x7f', 'build')
            """
            ),
            2,
        ),
    ),
    valid=(
        code(
            """
            import ci

            build = ci.check("build")
            """
        ),
        code(
            """
            import ci

            build = ci.check(" Übersetze: alles (schnell) 🎉")
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("two\\nlines")
            """
        ),
        code(
            """
            import ci

            build = ci.new_check("build").option("text", "a\\nb").build()
            """
        ),
    ),
    check=check,
)
