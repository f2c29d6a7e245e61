"""CI019: a builder that is changed after build()."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Call, Facts, Use
from ci_lint.problems import MUTATION_AFTER_BUILD
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Note, Rule, code


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find settings of a builder that come after its last build()."""
    for call in facts.calls:
        if call.built is not None and call.signature.fluent and call.use is Use.DROPPED and _is_last(facts, call):
            message = MUTATION_AFTER_BUILD.text(call=call.signature.name)
            yield Finding(call.node, message, (Note(call.built, "built here"),))


def _is_last(facts: Facts, call: Call) -> bool:
    """Return whether nothing builds the builder again, and nobody else may."""
    site = call.origin
    if site is None:
        return False
    later = False
    for other in facts.calls:
        later = later or other is call
        if other.node is site.node and other.context.function is not call.context.function:
            return False
        if other.receiver is None or other.receiver.origin is not site:
            continue
        if other.context.function is not call.context.function:
            return False
        builds_again = other.signature.builds and (later or other.context.loops != () or call.context.loops != ())
        if builds_again or (other.signature.fluent and other.use is Use.USED and not other.made_here):
            return False
    return site not in facts.escaped


RULE: Final = Rule(
    problem=MUTATION_AFTER_BUILD,
    default=True,
    what="A setting of a builder after its `build()`, where it is not built again.",
    why="What was built does not change any more, so the setting has no effect.",
    fix="",
    invalid=(
        Example(
            code(
                """
            import ci

            builder = ci.new_check("build").kind("build")
            write = builder.build()
            builder.depends_on("lint")
            """
            )
        ),
        Example(
            code(
                """
            import ci


            def make() -> ci.StageWrite:
                builder = ci.new_stage("make").runner_type("builder")
                write = builder.build()
                builder.assigns('build').arg('jobs', 4)
                return write
            """
            ),
        ),
    ),
    valid=(
        code(
            """
            import ci

            builder = ci.new_check("build").kind("build")
            builder.depends_on("lint")
            write = builder.build()
            """
        ),
        code(
            """
            import ci

            builder = ci.new_check("build").kind("build")
            first = builder.build()
            builder.option("jobs", 4)
            second = builder.build()
            """
        ),
        (
            code(
                """
            import ci

            builder = ci.new_check("build").kind("build")
            writes = []
            for jobs in range(3):
                builder.option('jobs', jobs)
                writes.append(builder.build())
            """
            )
        ),
        code(
            """
            from helpers import send
            import ci

            builder = ci.new_check("build").kind("build")
            write = builder.build()
            builder.option('jobs', 4)
            send(builder)
            """
        ),
        (
            code(
                """
            import ci

            builder = ci.new_check("build").kind("build")


            def again() -> ci.CheckWrite:
                return builder.build()


            write = builder.build()
            builder.option('jobs', 4)
            """
            )
        ),
    ),
    check=check,
)
