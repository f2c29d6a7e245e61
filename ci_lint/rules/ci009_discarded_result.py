"""CI009: a result that has to be used and is dropped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Call, Facts, Use
from ci_lint.inference.values import Inst
from ci_lint.problems import DISCARDED_RESULT
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Rule, code

_BUILDERS: Final = frozenset({"CheckBuilder", "StageBuilder", "AttemptBuilder"})


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find statements that are nothing but a call which only returns something."""
    for call in facts.calls:
        if call.use is Use.DROPPED and (call.signature.must_use or _is_lost_builder(call)):
            yield Finding(call.node, DISCARDED_RESULT.text(call=call.signature.name))


def _is_lost_builder(call: Call) -> bool:
    """Return whether it ends a chain whose builder nobody keeps: ``ci.new_check("a").kind("k")``."""
    made = call.signature.fluent and call.made_here
    return made and isinstance(call.result, Inst) and call.result.cls.name in _BUILDERS


RULE: Final = Rule(
    problem=DISCARDED_RESULT,
    default=True,
    what="A statement that is nothing but a call whose only effect is its result, such as `builder.build()` or "
    "`ci.depends_on(...)`.",
    why="The line does nothing: what it makes is thrown away. Mostly it was meant to be passed on.",
    fix="",
    invalid=(
        Example(
            code(
                """
            import ci

            builder = ci.new_check("build")
            builder.build()
            """
            )
        ),
        Example(
            code(
                """
            import ci

            ci.depends_on("build")
            """
            )
        ),
        Example(
            code(
                """
            import ci

            ci.new_stage("build").runner_type("builder")
            """
            )
        ),
        Example(
            code(
                """
            from ci import assigns


            def answer() -> None:
                assigns("build")
            """
            )
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            dag.shell("build", "make")
            dag.to_mermaid()
            """
            )
        ),
    ),
    valid=(
        code(
            """
            import ci

            builder = ci.new_check("build")
            write = builder.build()
            """
        ),
        code(
            """
            import ci

            builder = ci.new_check("build")
            builder.kind("build")
            write = builder.build()
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            dag.check("build")
            dag.stage("build").runner("builder")
            """
        ),
        (
            code(
                """
            import ci
            import pytest


            def test_an_empty_id_is_refused() -> None:
                with pytest.raises(ci.EmptyIdError):
                    ci.check("")
            """
            )
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")


            @dag.function()
            def plan(stage: ci.StageContext) -> None: ...
            """
        ),
    ),
    check=check,
)
