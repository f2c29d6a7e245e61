"""CI020: an id that differs from run to run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Facts
from ci_lint.problems import NONDETERMINISTIC_ID
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule, code
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
            code(
                """
            import uuid

            import ci

            dag = ci.DAG("release")
            build = dag.check(f"build-{uuid.uuid4().hex[:8]}")
            """
            )
        ),
        Example(
            code(
                """
            from time import time

            import ci

            write = ci.new_check(str(int(time()))).build()
            """
            )
        ),
        Example(
            code(
                """
            import random

            import ci


            async def grow(dag: ci.DAG) -> None:
                suffix = random.randint(0, 9)
                await dag.add_stage("run-%d" % suffix).runner("r")
            """
            )
        ),
        Example(
            code(
                """
            import ci


            def add(dag: ci.DAG, work: object) -> None:
                dag.check("work-" + str(id(work)))
            """
            )
        ),
    ),
    valid=(
        code(
            """
            import ci

            dag = ci.DAG("release")
            for target in ("linux", "macos"):
                dag.check(f"build-{target}")
            """
        ),
        code(
            """
            import uuid

            import ci

            runner = ci.Runner("builder", runner_id=str(uuid.uuid4()))
            """
        ),
        (
            code(
                """
            import uuid

            import ci


            def add(dag: ci.DAG, names: dict[uuid.UUID, str]) -> None:
                dag.check(names[uuid.uuid4()])
            """
            )
        ),
        (
            code(
                """
            import ci


            def id(work: object) -> str:
                return "work"


            def add(dag: ci.DAG, work: object) -> None:
                dag.check(id(work))
            """
            )
        ),
        (
            code(
                """
            import uuid

            import ci


            def add(dag: ci.DAG, given: str) -> None:
                name = str(uuid.uuid4())
                if given:
                    name = given
                dag.check(name)
            """
            )
        ),
        (
            code(
                """
            import datetime

            import ci


            def add(dag: ci.DAG) -> None:
                dag.check(f"nightly-{datetime.datetime.now():%Y-%m-%d}")
            """
            )
        ),
    ),
    check=check,
)
