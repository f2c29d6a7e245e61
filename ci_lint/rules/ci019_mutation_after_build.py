"""CI019: a builder that is changed after build()."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ci_lint.facts import Call, Facts, Use
from ci_lint.problems import MUTATION_AFTER_BUILD
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Note, Rule


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


_HEAD: Final = 'import ci\n\nbuilder = ci.new_check("build").kind("build")\n'

RULE: Final = Rule(
    problem=MUTATION_AFTER_BUILD,
    default=True,
    what="A setting of a builder after its `build()`, where it is not built again.",
    why="What was built does not change any more, so the setting has no effect.",
    fix="",
    invalid=(
        Example(f'{_HEAD}write = builder.build()\nbuilder.depends_on("lint")\n'),
        Example(
            'import ci\n\n\ndef make() -> ci.StageWrite:\n    builder = ci.new_stage("make").runner_type("builder")\n'
            "    write = builder.build()\n    builder.assigns('build').arg('jobs', 4)\n    return write\n",
        ),
    ),
    valid=(
        f'{_HEAD}builder.depends_on("lint")\nwrite = builder.build()\n',
        f'{_HEAD}first = builder.build()\nbuilder.option("jobs", 4)\nsecond = builder.build()\n',
        (
            f"{_HEAD}writes = []\nfor jobs in range(3):\n    builder.option('jobs', jobs)\n"
            "    writes.append(builder.build())\n"
        ),
        f"from helpers import send\n{_HEAD}write = builder.build()\nbuilder.option('jobs', 4)\nsend(builder)\n",
        (
            f"{_HEAD}\n\ndef again() -> ci.CheckWrite:\n    return builder.build()\n\n\n"
            "write = builder.build()\nbuilder.option('jobs', 4)\n"
        ),
    ),
    check=check,
)
