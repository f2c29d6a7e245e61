"""CI008: dependencies that form a cycle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, TypeAlias

from ci_lint.facts import Facts
from ci_lint.problems import DEPENDENCY_CYCLE
from ci_lint.rules.ancestry import unless_expected
from ci_lint.rules.base import Example, Finding, Note, Rule, code
from ci_lint.rules.edges import Edge, Edges, edges_of, together
from ci_lint.rules.graphs import is_put_to_the_test
from ci_lint.rules.nodes import Key, Named

Step: TypeAlias = tuple[Named, Named, tuple[Edge, ...]]
"""A node, what it waits for, and the edges that say so."""


@unless_expected
def check(facts: Facts) -> Iterator[Finding]:
    """Find cycles all of whose edges are said on one path."""
    edges = edges_of(facts)
    suspects = _reaching_a_cycle(edges)
    reported: set[frozenset[Key]] = set()
    for edge in reversed(edges.dependencies):
        if edge.node.key not in suspects or edges.is_one(edge.node, edge.target):
            continue
        if is_put_to_the_test(facts, edge.node.dag):
            continue
        cycle = _cycle(edges, edge)
        members = frozenset(edges.one_key(node) for node, _, _ in cycle)
        if cycle and members not in reported:
            reported.add(members)
            yield _finding(edges, cycle)


def _reaching_a_cycle(edges: Edges) -> set[Key]:
    """Return the nodes that something on a cycle can be reached from; mostly there are none."""
    after: dict[Key, set[Key]] = {}
    before: defaultdict[Key, set[Key]] = defaultdict(set)
    todo = [each.node for each in edges.dependencies]
    while todo:
        node = todo.pop()
        if node.key is None or node.key in after:
            continue
        targets = [target for target, _ in edges.waits(node) if not edges.is_one(target, node)]
        after[node.key] = {target.key for target in targets if target.key is not None}
        for key in after[node.key]:
            before[key].add(node.key)
        todo.extend(targets)
    free = [key for key, targets in after.items() if not targets]
    while free:
        key = free.pop()
        for waiting in before[key]:
            after[waiting].discard(key)
            if not after[waiting]:
                free.append(waiting)
    return {key for key, targets in after.items() if targets}


def _cycle(edges: Edges, closing: Edge) -> list[Step]:
    """Return the shortest way from the target of an edge back to its node, after that edge; empty if there is none."""
    ways: list[list[Step]] = [[(closing.node, closing.target, (closing,))]]
    seen: set[Key] = set()
    for way in ways:
        node = way[-1][1]
        if edges.is_one(node, closing.node):
            if together([edge.call.context for _, _, said in way for edge in said]):
                return way
            continue
        if node.key is None or node.key in seen:
            continue
        seen.add(node.key)
        steps = [(node, target, said) for target, said in edges.waits(node) if not edges.is_one(target, node)]
        ways.extend([*way, step] for step in steps)
    return []


def _finding(edges: Edges, cycle: list[Step]) -> Finding:
    nodes = [node for node, _, _ in cycle]
    plain = len({edges.one_key(node)[-2:-1] for node in nodes}) == 1 and all(node.id is not None for node in nodes)
    shown = [repr(node.id) if plain else node.label for node in (*nodes, nodes[0])]
    closing = cycle[0][2][0]
    notes = [
        Note(edge.argument.node.value, f"{node.label} waits for {target.label}")
        for node, target, said in cycle[1:]
        for edge in said
    ]
    return Finding(closing.argument.node.value, DEPENDENCY_CYCLE.text(path=" -> ".join(shown)), tuple(notes))


RULE: Final = Rule(
    problem=DEPENDENCY_CYCLE,
    default=True,
    what="Nodes that wait for each other in a circle, where every dependency of the circle is certainly said. A stage "
    "also waits for what the checks that it answers wait for, and a check for the stages that answer it.",
    why="None of them could ever start: `dag.validate()` and `dag.execute()` raise `ci.DAGValidationError`.",
    fix="",
    invalid=(
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            lint = dag.shell("lint", "ruff")
            test = dag.shell("test", "pytest")
            docs = dag.shell("docs", "mkdocs")
            test.after(lint)
            docs.after(test)
            lint.after(docs)
            """
            )
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            dag.check("a").depends_on("b")
            dag.check("b").depends_on("a")
            """
            )
        ),
        Example(
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            test = dag.check("test").depends_on(build)
            dag.stage("make").runner("builder").assigns(build).after_checks(test)
            """
            )
        ),
        Example(
            code(
                """
            import ci


            def order(dag: ci.DAG, strict: bool) -> None:
                a = dag.shell("a", "a")
                b = dag.shell("b", "b").after(a)
                if strict:
                    a.after(b.finished)
            """
            )
        ),
        Example(
            code(
                """
            import ci


            def link(build: ci.StageNode, test: ci.StageNode) -> None:
                test.after(build)
                build.after(test)
            """
            )
        ),
    ),
    valid=(
        code(
            """
            import ci

            dag = ci.DAG("release")
            lint = dag.shell("lint", "ruff")
            test = dag.shell("test", "pytest")
            docs = dag.shell("docs", "mkdocs")
            test.after(lint)
            docs.after(test, lint)
            """
        ),
        (
            code(
                """
            import ci


            def order(dag: ci.DAG, strict: bool) -> None:
                a = dag.shell("a", "a")
                b = dag.shell("b", "b")
                if strict:
                    a.after(b)
                else:
                    b.after(a)
            """
            )
        ),
        (
            code(
                """
            import ci


            def order(dag: ci.DAG, first: bool, second: bool) -> None:
                a = dag.shell("a", "a")
                b = dag.shell("b", "b")
                if first:
                    a.after(b)
                if second:
                    b.after(a)
            """
            )
        ),
        (
            code(
                """
            import ci


            def chain(dag: ci.DAG, names: list[str]) -> None:
                last = dag.check('start')
                for name in names:
                    node = dag.check(name).depends_on(last)
                    last = node
            """
            )
        ),
        (
            code(
                """
            import ci

            dag = ci.DAG("release")
            build = dag.check("build")
            dag.stage("build").runner("b").assigns(build)
            dag.stage("later").runner("b").after_checks(build)
            """
            )
        ),
        code(
            """
            import ci

            dag = ci.DAG("release")
            a = dag.stage("a").runner("r")
            b = dag.stage("b").runner("r").after(a)
            a = dag.stage("c")
            """
        ),
        (
            code(
                """
            import ci

            first = ci.new_check("a").depends_on("b").build()
            second = ci.new_check("b").depends_on("a").build()
            """
            )
        ),
    ),
    check=check,
)
