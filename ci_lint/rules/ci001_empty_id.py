"""CI001: an id that is empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Facts
from ci_lint.problems import EMPTY_ID
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule
from ci_lint.rules.wording import kind_of


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find arguments that name a node and are certainly the empty string."""
    for call in facts.calls:
        for argument in call.arguments:
            names_a_node = argument.parameter.role is not None and argument.parameter.names
            if names_a_node and argument.text == "":
                yield Finding(argument.node.value, EMPTY_ID.text(kind=kind_of(argument)))


RULE: Final = Rule(
    problem=EMPTY_ID,
    default=True,
    what="An id that is certainly the empty string, wherever a check, a stage or a runner type is named.",
    why="Every id names one thing of a plan. An empty one raises `ci.EmptyIdError` as soon as the line runs.",
    fix="",
    invalid=(
        Example('import ci\n\ndag = ci.DAG("release")\nbuild = dag.check("")\n'),
        Example('import ci\n\nNAME = ""\nwrite = ci.new_check(id=NAME + "").build()\n'),
        Example('from ci import depends_on\n\ngroup = depends_on("build", "")\n'),
        Example('import ci\n\n\ndef stage(dag: ci.DAG) -> None:\n    dag.stage(f"").runner("", )\n', count=2),
    ),
    valid=(
        'import ci\n\ndag = ci.DAG("release")\nbuild = dag.check("build")\n',
        'import ci\n\ndag = ci.DAG("")\n',
        'import ci\n\n\ndef add(dag: ci.DAG, name: str = "") -> None:\n    dag.check(name)\n',
        'import ci\n\n\nclass Box:\n    def check(self, id: str) -> None: ...\n\n\nBox().check("")\n',
    ),
    check=check,
)
