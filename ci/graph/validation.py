"""Finds all problems of the nodes of a DAG before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from ci.graph.definitions import Definition, Link, Scope, StageDefinition
from ci.graph.index import Index
from ci.workflow.suggestions import did_you_mean
from turboci.dependencies import NodeKind, NodeRef
from turboci.graph import find_cycle
from turboci.problems import (
    CROSS_DAG_DEPENDENCY,
    DEPENDENCY_CYCLE,
    DUPLICATE_NODE_ID,
    SELF_DEPENDENCY,
    STAGE_WITHOUT_RUNNER,
    UNKNOWN_DEPENDENCY,
    Problem,
)

MAX_CYCLES = 10
"""More cycles than this are one mess; the rest shows when these are gone."""


class Validation:
    """Looks at nodes that are about to be written.

    Args:
        scope: The DAG.
        index: All its nodes.
        elsewhere: Nodes that the plan has and the DAG does not: runners add such.
        strangers: Whether a node of another DAG stands for the one of the plan that has its id.
    """

    def __init__(
        self, scope: Scope, index: Index, elsewhere: Collection[NodeRef] = (), *, strangers: bool = False
    ) -> None:
        self._scope = scope
        self._index = index
        self._elsewhere = elsewhere
        self._strangers = strangers

    def problems(self, definitions: Sequence[Definition]) -> list[Problem]:
        """Return everything that is wrong with `definitions`, in their order; cycles last."""
        found = [problem for definition in definitions for problem in self._of(definition)]
        return found + list(self._cycles(definitions))

    def unknown(self, definitions: Sequence[Definition]) -> set[NodeRef]:
        """Return the targets that the DAG does not have."""
        links = (link for definition in definitions for link in all_links(definition))
        return {self._index.ref(link) for link in links if self._target(link) is None}

    def _target(self, link: Link) -> Definition | None:
        target = self._index.target(link)
        return None if self._strangers and target is not None and target.scope is not self._scope else target

    def _of(self, definition: Definition) -> Iterator[Problem]:
        first = self._defined_before(definition)
        if first is not None and not self._is_told_of_its_check(definition):
            text = DUPLICATE_NODE_ID.text(node=definition.ref, first=first.where)
            yield _problem(DUPLICATE_NODE_ID.code, definition, text)
        if isinstance(definition, StageDefinition):
            if not definition.builder.has_runner:
                yield _problem(STAGE_WITHOUT_RUNNER.code, definition, STAGE_WITHOUT_RUNNER.text(node=definition.ref))
            for link in definition.answers:
                yield from self._of_link(definition, link, "is assigned to")
                yield from self._of_answered(definition, link)
        for link in definition.links:
            yield from self._of_link(definition, link, "depends on")

    def _defined_before(self, definition: Definition) -> Definition | None:
        """Return the other definition that has this one's place in the DAG, if there is one."""
        first = self._index.find(definition.ref)
        return first if first is not definition else None

    def _is_told_of_its_check(self, definition: Definition) -> bool:
        """Return whether this is the stage of a step that is there twice: one mistake, one problem."""
        check = definition.check if isinstance(definition, StageDefinition) else None
        return check is not None and self._defined_before(check) is not None

    def _of_link(self, definition: Definition, link: Link, verb: str) -> Iterator[Problem]:
        target = self._target(link)
        if target is None:
            yield from self._unknown(definition, link, verb)
        elif target.scope is not self._scope:
            other = target.scope.label
            text = CROSS_DAG_DEPENDENCY.text(node=definition.ref, verb=verb, target=target.ref, other=other)
            yield _problem(CROSS_DAG_DEPENDENCY.code, definition, text, link)
        elif verb == "depends on" and target in {definition, definition.target}:
            yield _problem(SELF_DEPENDENCY.code, definition, SELF_DEPENDENCY.text(node=definition.ref), link)

    def _of_answered(self, stage: StageDefinition, assigned: Link) -> Iterator[Problem]:
        """Find checks that wait for the stage that is to answer them: it waits for whatever they wait for."""
        check = self._target(assigned)
        if check is None or check is stage.check:
            return
        for link in check.links:
            if self._target(link) is stage:
                path = f"{check.ref} -> {stage.ref} -> {check.ref}"
                yield _problem(DEPENDENCY_CYCLE.code, check, DEPENDENCY_CYCLE.text(path=path), link)

    def _unknown(self, definition: Definition, link: Link, verb: str) -> Iterator[Problem]:
        ref = self._index.ref(link)
        if ref in self._elsewhere:
            return
        text = UNKNOWN_DEPENDENCY.text(node=definition.ref, verb=verb, target=ref, near_miss=self._near_miss(ref))
        yield _problem(UNKNOWN_DEPENDENCY.code, definition, text, link)

    def _near_miss(self, ref: NodeRef) -> str:
        other = NodeKind.STAGE if ref.kind is NodeKind.CHECK else NodeKind.CHECK
        if self._index.find(NodeRef(other, ref.id)) is not None:
            return f" (it has a {other.value} {ref.id!r}: write ci.{other.value}({ref.id!r}))"
        return did_you_mean(ref.id, self._index.ids(ref.kind))

    def _cycles(self, definitions: Sequence[Definition]) -> Iterator[Problem]:
        successors = self._index.finishing(definitions).of
        reported: set[tuple[Definition, Definition]] = set()

        def remaining(node: Definition) -> Iterator[Definition]:
            return (
                each
                for each in successors(node)
                if each.scope is self._scope and each not in {node, node.target} and (node, each) not in reported
            )

        for _ in range(MAX_CYCLES):
            cycle = find_cycle(definitions, remaining)
            if cycle is None:
                return
            reported |= {(node, each) for node, each in pairwise(cycle) if not _finishes(each, node)}
            yield self._cycle(cycle)

    def _cycle(self, cycle: list[Definition]) -> Problem:
        path = _path(cycle)
        kinds = {node.ref.kind for node in path}
        plain = len(kinds) == 1 or all(isinstance(node, StageDefinition) and node.check for node in path)
        shown = " -> ".join(repr(node.ref.id) if plain else str(node.ref) for node in path)
        return self._locate(cycle, DEPENDENCY_CYCLE.text(path=shown))

    def _locate(self, cycle: list[Definition], text: str) -> Problem:
        for node, following in pairwise(cycle):
            for link in node.links:
                if self._index.target(link) is following:
                    return _problem(DEPENDENCY_CYCLE.code, node, text, link)
        return _problem(DEPENDENCY_CYCLE.code, cycle[0], text)


def all_links(definition: Definition) -> tuple[Link, ...]:
    """Return the dependencies of a node, and the assignments of a stage."""
    return definition.links + definition.answers if isinstance(definition, StageDefinition) else definition.links


def _path(cycle: list[Definition]) -> list[Definition]:
    """Return the cycle without the checks of steps, which people do not see as nodes of their own."""
    inner = {node.check for node in cycle if isinstance(node, StageDefinition)}
    path = [node for node in cycle[:-1] if node not in inner]
    return [*path, path[0]]


def _finishes(stage: Definition, check: Definition) -> bool:
    return isinstance(stage, StageDefinition) and check.ref.kind is NodeKind.CHECK and check.ref.id in stage.finished()


def _problem(code: str, definition: Definition, text: str, link: Link | None = None) -> Problem:
    place = definition.place if link is None else link.place
    return Problem(code, str(definition.ref), text, definition.scope.places.line_of(place))
