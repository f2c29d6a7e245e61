"""Finds the nodes of a DAG by id, and what waits for what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from ci.graph.definitions import CheckDefinition, Definition, Link, StageDefinition
from turboci.dependencies import Dependency, NodeKind, NodeRef


class Index:
    """The nodes of a DAG by kind and id; of several with one id, the first."""

    __slots__ = ("_checks", "_finished_by", "_stages")

    def __init__(self) -> None:
        self._checks: dict[str, CheckDefinition] = {}
        self._stages: dict[str, StageDefinition] = {}
        self._finished_by: defaultdict[str, list[StageDefinition]] = defaultdict(list)

    def add(self, definition: CheckDefinition | StageDefinition) -> None:
        """Take in a new node."""
        if isinstance(definition, CheckDefinition):
            self._checks.setdefault(definition.ref.id, definition)
        else:
            self._stages.setdefault(definition.ref.id, definition)

    def settle(self, definition: Definition) -> None:
        """Remember the assignments of a stage that is written, so that they need not be looked up again."""
        if isinstance(definition, StageDefinition):
            for id in definition.finished():
                self._finished_by[id].append(definition)

    def find(self, ref: NodeRef) -> CheckDefinition | StageDefinition | None:
        """Return the node of that name, or None."""
        return self._checks.get(ref.id) if ref.kind is NodeKind.CHECK else self._stages.get(ref.id)

    def ids(self, kind: NodeKind) -> Iterable[str]:
        """Return the ids of all checks, or of all stages, in order of definition."""
        return self._checks if kind is NodeKind.CHECK else self._stages

    def dependency(self, link: Link) -> Dependency:
        """Return the edge that was meant: a plain stage id that names a step means the step's check."""
        return Dependency(self.ref(link), link.when)

    def ref(self, link: Link) -> NodeRef:
        """Return the name of the node that was meant; see `dependency`."""
        ref = link.ref
        if link.by_name and ref.kind is NodeKind.STAGE:
            named = self._stages.get(ref.id)
            if named is not None:
                return named.target.ref
        return ref

    def target(self, link: Link) -> Definition | None:
        """Return the node that a dependency points at, or None if this DAG has none of that name."""
        return self.find(self.ref(link)) if isinstance(link.target, NodeRef) else link.target

    def finishing(self, fresh: Iterable[Definition]) -> Waits:
        """Return who waits for whom, with the assignments of `fresh`, which are not settled yet."""
        added: defaultdict[str, list[StageDefinition]] = defaultdict(list)
        for definition in fresh:
            if isinstance(definition, StageDefinition):
                for id in definition.finished():
                    added[id].append(definition)
        return Waits(self, self._finished_by, added)


class Waits:
    """What each node waits for, as the orchestrator sees it."""

    __slots__ = ("_added", "_index", "_settled")

    def __init__(
        self,
        index: Index,
        settled: defaultdict[str, list[StageDefinition]],
        added: defaultdict[str, list[StageDefinition]],
    ) -> None:
        self._index = index
        self._settled = settled
        self._added = added

    def of(self, definition: Definition) -> Iterator[Definition]:
        """Yield what `definition` waits for.

        A check waits for its dependencies and for the stages that finish it; a stage for its dependencies and for
        those of the checks that it answers, except for what it answers itself.
        """
        yield from self._targets(definition)
        if isinstance(definition, StageDefinition):
            own = [self._index.target(link) for link in definition.answers]
            for check in own:
                if check is not None:
                    yield from (target for target in self._targets(check) if target not in own)
        else:
            yield from self._settled.get(definition.ref.id, ())
            yield from self._added.get(definition.ref.id, ())

    def _targets(self, definition: Definition) -> Iterator[Definition]:
        for link in definition.links:
            target = self._index.target(link)
            if target is not None:
                yield target
