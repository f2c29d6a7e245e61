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
from ci_lint.rules.base import Example, Finding, Note, Rule, code
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


RULE: Final = Rule(
    problem=DUPLICATE_NODE_ID,
    default=True,
    what="Two checks, or two stages, with one id in one DAG, both of which are certainly defined. A step is both a "
    "check and a stage.",
    why="`dag.check(id)` defines a node, it does not look one up. `dag.validate()` and `dag.execute()` raise "
    "`ci.DAGValidationError`.",
    fix="",
    invalid=(
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            dag.check("lint")
            dag.check("lint")
            """
            )
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            dag.check("lint")
            dag.shell("lint", "ruff")
            """
            )
        ),
        Example(
            code(
                """
            import ci


            def add(dag: ci.DAG, twice: bool) -> None:
                dag.stage("make").runner("builder")
                if twice:
                    dag.stage("make").runner("maker")
            """
            )
        ),
    ),
    valid=(
        code(
            """
            import ci

            dag = ci.DAG("release")
            dag.check("lint")
            dag.stage("lint").runner("linter").assigns("lint")
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            other = ci.DAG("nightly")
            dag.check("lint")
            other.check("lint")
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            fast = bool(dag)
            if fast:
                dag.check("lint")
            else:
                dag.check("lint")
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            fast = bool(dag)
            if fast:
                dag.check("lint")
            if not fast:
                dag.check("lint")
            """
        ),
        (
            code(
                """
            import ci


            def add(dag: ci.DAG, fast: bool) -> None:
                if fast:
                    dag.check("lint")
                    return
                dag.check("lint")
            """
            )
        ),
        (
            code(
                """
            import ci


            def add(first: ci.DAG, second: ci.DAG) -> None:
                first.check("lint")
                second.check("lint")
            """
            )
        ),
        code(
            """
            import ci


            for name in ("a", "b"):
                dag = ci.DAG(name)
                dag.check("lint")
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            dag.check("lint")
            dag = ci.DAG("nightly")
            dag.check("lint")
            """
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            try:
                dag.check("a")
            except ValueError:
                dag.check("a")
            """
        ),
    ),
    check=check,
)
