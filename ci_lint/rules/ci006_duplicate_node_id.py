"""CI006: the same id twice in one DAG."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Final

import libcst as cst

from ci_lint.facts import Call, Facts
from ci_lint.inference.site import Site
from ci_lint.problems import DUPLICATE_NODE_ID
from ci_lint.reading.positions import Positions
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Note, Rule
from ci_lint.rules.edges import together
from ci_lint.rules.graphs import is_put_to_the_test
from ci_lint.rules.nodes import CHECK, STAGE
from ci_lint.rules.wording import line_of
from ci_lint.table import Role


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find nodes that have the id of another one which is certainly defined too."""
    defined: defaultdict[tuple[Site, str, str], list[Call]] = defaultdict(list)
    for call in facts.calls:
        dag = call.receiver.origin if call.receiver is not None and call.signature.owner == "DAG" else None
        ids = [each for each in call.with_role(Role.ID) if each.text]
        if dag is None or is_put_to_the_test(facts, dag) or not call.signature.defines or not ids:
            continue
        text = ids[0].text or ""
        kinds = (STAGE, CHECK) if call.signature.defines == "step" else (call.signature.defines,)
        for kind in kinds:
            first = _first(defined[dag, kind, text], call)
            if first is not None:
                message = partial(_message, f"{kind} {text!r}", first)
                yield Finding(ids[0].node.value, message, (Note(_id_of(first), "first defined here"),))
                break
        for kind in kinds:
            defined[dag, kind, text].append(call)


def _first(earlier: list[Call], call: Call) -> Call | None:
    return next((each for each in earlier if together([each.context, call.context])), None)


def _id_of(call: Call) -> cst.CSTNode:
    return call.with_role(Role.ID)[0].node.value


def _message(node: str, first: Call, positions: Positions) -> str:
    return DUPLICATE_NODE_ID.text(node=node, first=line_of(_id_of(first), positions))


_HEAD: Final = 'import ci\n\ndag = ci.DAG("release")\n'

RULE: Final = Rule(
    problem=DUPLICATE_NODE_ID,
    default=True,
    what="Two checks, or two stages, with one id in one DAG, both of which are certainly defined. A step is both a "
    "check and a stage.",
    why="`dag.check(id)` defines a node, it does not look one up. `dag.validate()` and `dag.execute()` raise "
    "`ci.DAGValidationError`.",
    fix="",
    invalid=(
        Example(f'{_HEAD}dag.check("lint")\ndag.check("lint")\n'),
        Example(f'{_HEAD}dag.check("lint")\ndag.shell("lint", "ruff")\n'),
        Example(
            'import ci\n\n\ndef add(dag: ci.DAG, twice: bool) -> None:\n    dag.stage("make").runner("builder")\n'
            '    if twice:\n        dag.stage("make").runner("maker")\n'
        ),
    ),
    valid=(
        f'{_HEAD}dag.check("lint")\ndag.stage("lint").runner("linter").assigns("lint")\n',
        f'{_HEAD}other = ci.DAG("nightly")\ndag.check("lint")\nother.check("lint")\n',
        f'{_HEAD}fast = bool(dag)\nif fast:\n    dag.check("lint")\nelse:\n    dag.check("lint")\n',
        f'{_HEAD}fast = bool(dag)\nif fast:\n    dag.check("lint")\nif not fast:\n    dag.check("lint")\n',
        (
            "import ci\n\n\ndef add(dag: ci.DAG, fast: bool) -> None:\n    if fast:\n"
            '        dag.check("lint")\n        return\n    dag.check("lint")\n'
        ),
        (
            'import ci\n\n\ndef add(first: ci.DAG, second: ci.DAG) -> None:\n    first.check("lint")\n'
            '    second.check("lint")\n'
        ),
        'import ci\n\n\nfor name in ("a", "b"):\n    dag = ci.DAG(name)\n    dag.check("lint")\n',
        'import ci\n\ndag = ci.DAG("release")\ndag.check("lint")\ndag = ci.DAG("nightly")\ndag.check("lint")\n',
        f'{_HEAD}try:\n    dag.check("a")\nexcept ValueError:\n    dag.check("a")\n',
    ),
    check=check,
)
