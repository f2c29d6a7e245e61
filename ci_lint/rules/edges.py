"""What waits for what, as far as the calls of a file say it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ci_lint.facts import Argument, Call, Context, Facts
from ci_lint.rules.nodes import CHECK, STAGE, Key, Named, book_of, said_to
from ci_lint.table import Role


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """One thing that was said: a dependency, or that a stage answers a check.

    Attributes:
        node: The node that waits, or the stage that answers.
        target: What it waits for, or the check that it answers.
        call: Where that was said.
        argument: What names the target.
    """

    node: Named
    target: Named
    call: Call
    argument: Argument

    @property
    def is_plain(self) -> bool:
        """Whether it waits for the success of this target whatever else it waits for."""
        name = self.call.signature.name
        return self.target.when == "succeeded" and not name.endswith(("_any", "_at_least"))


class Edges:
    """All edges of a file."""

    def __init__(self, facts: Facts) -> None:
        self.dependencies: list[Edge] = []
        self.answers: list[Edge] = []
        self._book = book_of(facts)
        self._of: defaultdict[Key, list[Edge]] = defaultdict(list)
        self._answered_by: defaultdict[Key, list[Edge]] = defaultdict(list)
        self._answers_of: defaultdict[Key, list[Edge]] = defaultdict(list)
        for call in facts.calls:
            self._read(call)

    def _read(self, call: Call) -> None:
        node = said_to(call)
        if node is None or node.key is None:
            return
        for argument in call.with_role(Role.DEPENDENCY):
            target = self._book.target(argument, call)
            if target is not None and target.key is not None:
                edge = Edge(node, target, call, argument)
                self.dependencies.append(edge)
                self._of[node.key].append(edge)
        for argument in call.with_role(Role.ASSIGNED):
            target = self._book.target(argument, call)
            if target is not None and target.key is not None:
                edge = Edge(node, target, call, argument)
                self.answers.append(edge)
                self._answered_by[target.key].append(edge)
                self._answers_of[node.key].append(edge)

    def is_one(self, node: Named, other: Named) -> bool:
        """Return whether both are one node; the check and the stage of a step are."""
        if node.key is None or other.key is None:
            return False
        return node.key == other.key or (self._book.is_step(node) and twin(node).key == other.key)

    def one_key(self, node: Named) -> Key:
        """Return a key that the check and the stage of a step share."""
        shared = twin(node) if node.kind == STAGE and self._book.is_step(node) else node
        return shared.key or ()

    def plain_of(self, node: Named) -> list[Edge]:
        """Return the dependencies that a node needs all of to succeed; those of both sides of a step."""
        said = list(self._of.get(_key(node), ()))
        if self._book.is_step(node):
            said += self._of.get(_key(twin(node)), ())
        return [edge for edge in said if edge.is_plain]

    def waits(self, node: Named) -> Iterator[tuple[Named, tuple[Edge, ...]]]:
        """Yield what a node waits for, and the edges that say so.

        A check waits for the stages that answer it; a stage for what the checks that it answers wait for. A step is
        one node here: its check waits for its stage, and people see one thing.
        """
        for edge in self._of.get(_key(node), ()):
            yield edge.target, (edge,)
        if self._book.is_step(node):
            for edge in self._of.get(_key(twin(node)), ()):
                yield edge.target, (edge,)
        if node.kind == STAGE:
            own = self._answers_of.get(_key(node), ())
            for answer in own:
                for edge in self._of.get(_key(answer.target), ()):
                    if all(_key(edge.target) != _key(each.target) for each in own):
                        yield edge.target, (answer, edge)
        if node.kind == CHECK:
            for answer in self._answered_by.get(_key(node), ()):
                yield answer.node, (answer,)


@lru_cache(maxsize=1)
def edges_of(facts: Facts) -> Edges:
    """Return the edges of a file; they are worked out once."""
    return Edges(facts)


def together(contexts: Sequence[Context]) -> bool:
    """Return whether one path certainly takes all these places, if it takes the innermost of them."""
    return any(all(_comes_with(each, inner) for each in contexts) for inner in contexts)


def _comes_with(context: Context, inner: Context) -> bool:
    around = {id(loop) for loop in inner.loops}
    return context.always_with(inner) and all(id(loop) in around for loop in context.loops)


def twin(node: Named) -> Named:
    """Return the check of the stage of a step, or the other way round."""
    return Named(CHECK if node.kind == STAGE else STAGE, node.id, node.dag, node.site)


def _key(node: Named) -> Key:
    return node.key or ()
