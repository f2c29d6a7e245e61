"""CI025: an id that is empty on one branch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Facts
from ci_lint.problems import MAY_BE_EMPTY_ID
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule, code
from ci_lint.rules.wording import kind_of


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find arguments that name a node and are one of several strings, one of which is empty."""
    for call in facts.calls:
        for argument in call.arguments:
            names_a_node = argument.parameter.role is not None and argument.parameter.names
            texts = argument.texts or frozenset()
            if names_a_node and "" in texts and len(texts) > 1:
                yield Finding(argument.node.value, MAY_BE_EMPTY_ID.text(kind=kind_of(argument)))


RULE: Final = Rule(
    problem=MAY_BE_EMPTY_ID,
    default=False,
    what="An id that is one of several known strings, one of which is empty.",
    why="On that branch the line raises `ci.EmptyIdError`. Whether the branch is ever taken is not known, therefore "
    "the rule is off by default.",
    fix="",
    invalid=(
        Example(
            code(
                """
            import ci


            def pick(fast: bool) -> ci.NodeRef:
                return ci.check("fast" if fast else "")
            """
            )
        ),
        Example(
            code(
                """
            import ci


            def pick(dag: ci.DAG, fast: bool) -> None:
                name = ''
                if fast:
                    name = 'fast'
                dag.stage(name).runner('r')
            """
            )
        ),
    ),
    valid=(
        code(
            """
            import ci


            def pick(fast: bool) -> ci.NodeRef:
                return ci.check("fast" if fast else "slow")
            """
        ),
        code(
            """
            import ci


            def pick(name: str) -> ci.NodeRef:
                return ci.check(name or "")
            """
        ),
        (
            code(
                """
            import ci


            def pick(dag: ci.DAG, fast: bool) -> None:
                name = ''
                if fast:
                    name = 'fast'
                else:
                    name = 'slow'
                dag.check(name)
            """
            )
        ),
    ),
    check=check,
)
