"""CI005: an id as dependency that the DAG does not have."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Final

import libcst as cst

from ci_lint.errors import did_you_mean
from ci_lint.facts import Argument, Facts, Graph
from ci_lint.facts.graph import Defined, Depends
from ci_lint.findings import Fix, Safety
from ci_lint.problems import UNKNOWN_DEPENDENCY
from ci_lint.reading.positions import Positions
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule, code
from ci_lint.rules.graphs import closed, defined_ids, said_before_execution
from ci_lint.rules.mending import replace
from ci_lint.rules.nodes import CHECK, STAGE, Named, book_of
from ci_lint.rules.wording import subject
from ci_lint.table import Role


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find ids that name no node of a DAG whose nodes are all known."""
    for graph in closed(facts):
        known = defined_ids(graph)
        for event in said_before_execution(facts, graph):
            if isinstance(event, Defined):
                continue
            verb = "depends on" if isinstance(event, Depends) else "is assigned to"
            role = Role.DEPENDENCY if isinstance(event, Depends) else Role.ASSIGNED
            for argument in event.call.with_role(role):
                target = book_of(facts).target(argument, event.call)
                if target is None or target.site is not None or target.id is None or target.id in known[target.kind]:
                    continue
                if _may_be_automatic(graph, target.id):
                    continue
                near = _near_miss(target, known)
                message = UNKNOWN_DEPENDENCY.text(
                    node=subject(event.call), verb=verb, target=target.label, near_miss=near
                )
                yield Finding(argument.node.value, message, mend=partial(_mend, argument, target, known))


def _may_be_automatic(graph: Graph, id: str) -> bool:
    """Return whether it has the form of the ids that `auto_check` and `auto_stage` give."""
    made = [each for each in graph.events if isinstance(each, Defined) and each.call.signature.name.startswith("auto_")]
    return bool(made) and "#" in id


def _near_miss(target: Named, known: defaultdict[str, set[str]]) -> str:
    other = STAGE if target.kind == CHECK else CHECK
    if target.id in known[other]:
        return f" (it has a {other} {target.id!r}: write ci.{other}({target.id!r}))"
    return did_you_mean(target.id or "", sorted(known[target.kind]))


def _mend(argument: Argument, target: Named, known: defaultdict[str, set[str]], positions: Positions) -> Fix | None:
    node = argument.node.value
    near = difflib.get_close_matches(target.id or "", sorted(known[target.kind]), n=1)
    if not isinstance(node, cst.SimpleString) or not near or target.id != node.raw_value:
        return None
    if "\\" in near[0] or node.quote[0] in near[0]:
        return None
    literal = f"{node.prefix}{node.quote}{near[0]}{node.quote}"
    return replace(positions, positions.span(node), literal, f"write {near[0]!r}", Safety.UNSAFE)


RULE: Final = Rule(
    problem=UNKNOWN_DEPENDENCY,
    default=True,
    what="A dependency or assignment by id, in a DAG whose nodes are all known, that names none of them. A plain "
    "string is the id of a check in `depends_on` and `assigns`, and of a stage in `after`.",
    why="`dag.validate()` and `dag.execute()` raise `ci.DAGValidationError`. Mostly it is a slip of the pen.",
    fix="Writes the id that is close to it, if there is one. Unsafe, because another one may have been meant.",
    invalid=(
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            dag.stage("make").runner("builder").assigns(build)
            dag.shell("test", "pytest").after("maek")
            """
            ),
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            dag.stage("make").runner("builder").assigns(build)
            dag.shell("test", "pytest").after("make")
            """
            ),
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            dag.check("build")
            dag.check("test").depends_on("biuld")
            """
            ),
            code(
                """
            import ci

            dag = ci.DAG("release")
            dag.check("build")
            dag.check("test").depends_on("build")
            """
            ),
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            dag.check("test").depends_on("lint")
            """
            )
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            dag.check("build")
            dag.stage("make").runner("builder").assigns("deploy")
            ci.run(dag)
            """
            ),
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            dag.check("build")
            dag.shell("test", "pytest").after("build")
            """
            )
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            dag.check("build")
            dag.check("test").depends_on(ci.stage("build"))
            """
            )
        ),
    ),
    valid=(
        code(
            """
            import ci

            dag = ci.DAG("release")
            dag.check("build")
            dag.check("test").depends_on("build")
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            dag.check("test").depends_on("build")
            dag.check("build")
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            dag.shell("build", "make")
            dag.shell("test", "pytest").after("build")
            """
        ),
        (
            code(
                """
            import ci
            from common import define

            dag = ci.DAG("release")
            define(dag)
            dag.check("test").depends_on("build")
            """
            )
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            for name in open("checks"):
                dag.check(name)
            dag.check("test").depends_on("build")
            """
        ),
        code(
            """
            import ci


            def add(dag: ci.DAG) -> None:
                dag.check("test").depends_on("build")
            """
        ),
        (
            code(
                """
            import ci


            def make() -> ci.DAG:
                dag = ci.DAG("release")
                dag.check("test").depends_on("build")
                return dag
            """
            )
        ),
        (
            code(
                """
            import ci


            async def grow(orch: ci.Orchestrator) -> None:
                dag = ci.DAG("release")
                dag.step("plan", "planner")
                execution = await dag.execute(orch)
                await execution.wait_for_check("plan")
                (await dag.add_check("late")).depends_on("planned")
            """
            )
        ),
    ),
    check=check,
)
