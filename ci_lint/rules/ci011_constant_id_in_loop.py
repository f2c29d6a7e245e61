"""CI011: the same id in every turn of a loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import libcst as cst

from ci_lint.facts import Call, Facts
from ci_lint.problems import CONSTANT_ID_IN_LOOP
from ci_lint.rules.ancestry import stands_in, unless_expected
from ci_lint.rules.base import Example, Finding, Note, Rule, code
from ci_lint.rules.repetition import repeats
from ci_lint.table import Role


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find nodes with a constant id that a loop defines in one DAG again and again."""
    for call in facts.calls:
        if call.signature.owner != "DAG" or not call.signature.defines or not call.context.loops:
            continue
        ids = [each for each in call.with_role(Role.ID) if each.text]
        if not ids:
            continue
        loop = _loop_of(facts, call)
        if loop is not None:
            kind = "check" if call.signature.defines == "check" else "stage"
            message = CONSTANT_ID_IN_LOOP.text(node=f"{kind} {ids[0].text!r}")
            yield Finding(ids[0].node.value, message, (Note(_head(loop), "the loop"),))


def _loop_of(facts: Facts, call: Call) -> cst.CSTNode | None:
    """Return the innermost loop around a call that certainly repeats it on one DAG."""
    dag = call.receiver.origin if call.receiver is not None else None
    if dag is None:
        return None
    for loop in reversed(call.context.loops):
        if stands_in(dag.node, loop):
            return None
        if repeats(facts.module, loop, call.node, call.context):
            return loop
    return None


def _head(loop: cst.CSTNode) -> cst.CSTNode:
    return loop.iter if isinstance(loop, cst.For | cst.CompFor) else loop


RULE: Final = Rule(
    problem=CONSTANT_ID_IN_LOOP,
    default=True,
    what="A `for` loop or a comprehension that defines a node with the same id in every turn, in a DAG that was made "
    "outside of it. Loops that can be left early, loops over at most one thing, and calls under a condition do not "
    "count.",
    why="The second turn defines a node whose id is taken. `dag.validate()` and `dag.execute()` raise "
    "`ci.DAGValidationError`.",
    fix="",
    invalid=(
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            TARGETS = open("targets").read().split()
            for target in TARGETS:
                dag.check("build")
            """
            )
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            TARGETS = open("targets").read().split()
            steps = [dag.shell("build", f"make {target}") for target in TARGETS]
            """
            )
        ),
        Example(
            code(
                """
            import ci


            def add(dag: ci.DAG, targets: list[str]) -> None:
                for target in targets:
                    check = dag.check(f"build:{target}")
                    dag.stage("build").runner("builder").assigns(check)
            """
            )
        ),
    ),
    valid=(
        code(
            """
            import ci

            dag = ci.DAG("release")
            TARGETS = open("targets").read().split()
            for target in TARGETS:
                dag.check(f"build:{target}")
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            TARGETS = open("targets").read().split()
            for target in TARGETS:
                one = ci.DAG(target)
                one.check("build")
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            TARGETS = open("targets").read().split()
            for target in TARGETS:
                dag.check("build")
                break
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            TARGETS = open("targets").read().split()
            for target in TARGETS:
                if target == "special":
                    dag.check("special")
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            TARGETS = open("targets").read().split()
            for target in ["one"]:
                dag.check("build")
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            TARGETS = open("targets").read().split()
            for target in TARGETS:
                pass
            else:
                dag.check("build")
            """
        ),
        code(
            """
            import ci


            def add(dags: list[ci.DAG]) -> None:
                for dag in dags:
                    dag.check("build")
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            TARGETS = open("targets").read().split()
            steps = [dag.shell("build", "make") for target in TARGETS if target == "build"]
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            TARGETS = open("targets").read().split()
            for node in [dag.check("a"), dag.check("b")]:
                node.kind("k")
            """
        ),
    ),
    check=check,
)
