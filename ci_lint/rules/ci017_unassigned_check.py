"""CI017: a check that no stage answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Facts
from ci_lint.problems import UNASSIGNED_CHECK
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule
from ci_lint.rules.coverage import unanswered
from ci_lint.rules.wording import label_of


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find checks of closed DAGs that no stage is assigned to."""
    for event in unanswered(facts):
        yield Finding(event.call.node, UNASSIGNED_CHECK.text(node=label_of(event)))


_HEAD: Final = 'import ci\n\ndag = ci.DAG("release")\n'

RULE: Final = Rule(
    problem=UNASSIGNED_CHECK,
    default=True,
    what="A check of a DAG whose whole life can be seen that no stage is assigned to, and that is not said to be "
    "answered from outside by `.external()` or to have another state by `.state(...)`. Nothing is said where runners "
    "of the same file add nodes.",
    why="Nobody answers it: the plan ends STALLED, and what depends on the check never starts.",
    fix="",
    invalid=(
        Example(f'{_HEAD}build = dag.check("build")\ndag.stage("make").runner("builder")\n'),
        Example(
            f'{_HEAD}build = dag.check("build")\ntest = dag.check("test").depends_on(build)\n'
            'dag.stage("make").runner("builder").assigns(build)\nci.run(dag)\n'
        ),
    ),
    valid=(
        f'{_HEAD}build = dag.check("build")\ndag.stage("make").runner("builder").assigns(build)\n',
        f'{_HEAD}dag.check("build")\ndag.stage("make").runner("builder").assigns("build")\n',
        f'{_HEAD}dag.check("approval").external()\n',
        f'{_HEAD}dag.check("plan").state(ci.CheckState.FINAL)\n',
        f'{_HEAD}dag.check("build")\ndag.stage("make").runner("builder").assigns(ci.assigns("build"))\n',
        f'{_HEAD}names = ["build"]\ndag.check("build")\ndag.stage("make").runner("builder").assigns(*names)\n',
        f'from helpers import answer\n{_HEAD}answer(dag.check("build"))\n',
        'import ci\n\n\ndef add(dag: ci.DAG) -> None:\n    dag.check("build")\n',
    ),
    check=check,
)
