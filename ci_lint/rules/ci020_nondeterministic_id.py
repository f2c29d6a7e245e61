"""CI020: an id that differs from run to run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Facts
from ci_lint.problems import NONDETERMINISTIC_ID
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule
from ci_lint.rules.volatility import source_of
from ci_lint.table import Role


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find ids of new nodes that are made from the time, from random numbers or from addresses."""
    for call in facts.calls:
        if not call.signature.defines and call.signature.name not in {"new_check", "new_stage"}:
            continue
        for argument in (*call.with_role(Role.ID), *call.with_role(Role.ID_PREFIX)):
            source = source_of(facts, argument.node.value) if argument.texts is None else ""
            if source:
                yield Finding(argument.node.value, NONDETERMINISTIC_ID.text(source=source))


RULE: Final = Rule(
    problem=NONDETERMINISTIC_ID,
    default=True,
    what="The id of a new node that is made from `uuid4()`, the time, a random number, `id()` or the like.",
    why="Ids are how people, other nodes and later runs speak of a node: after a restart nobody finds it again, and "
    "runs cannot be compared. Make the id from what the node works on.",
    fix="",
    invalid=(
        Example(
            'import uuid\n\nimport ci\n\ndag = ci.DAG("release")\nbuild = dag.check(f"build-{uuid.uuid4().hex[:8]}")\n'
        ),
        Example("from time import time\n\nimport ci\n\nwrite = ci.new_check(str(int(time()))).build()\n"),
        Example(
            "import random\n\nimport ci\n\n\nasync def grow(dag: ci.DAG) -> None:\n    suffix = random.randint(0, 9)\n"
            '    await dag.add_stage("run-%d" % suffix).runner("r")\n'
        ),
        Example('import ci\n\n\ndef add(dag: ci.DAG, work: object) -> None:\n    dag.check("work-" + str(id(work)))\n'),
    ),
    valid=(
        'import ci\n\ndag = ci.DAG("release")\nfor target in ("linux", "macos"):\n    dag.check(f"build-{target}")\n',
        'import uuid\n\nimport ci\n\nrunner = ci.Runner("builder", runner_id=str(uuid.uuid4()))\n',
        (
            "import uuid\n\nimport ci\n\n\ndef add(dag: ci.DAG, names: dict[uuid.UUID, str]) -> None:\n"
            "    dag.check(names[uuid.uuid4()])\n"
        ),
        (
            'import ci\n\n\ndef id(work: object) -> str:\n    return "work"\n\n\n'
            "def add(dag: ci.DAG, work: object) -> None:\n    dag.check(id(work))\n"
        ),
        (
            "import uuid\n\nimport ci\n\n\ndef add(dag: ci.DAG, given: str) -> None:\n    name = str(uuid.uuid4())\n"
            "    if given:\n        name = given\n    dag.check(name)\n"
        ),
        (
            "import datetime\n\nimport ci\n\n\ndef add(dag: ci.DAG) -> None:\n"
            '    dag.check(f"nightly-{datetime.datetime.now():%Y-%m-%d}")\n'
        ),
    ),
    check=check,
)
