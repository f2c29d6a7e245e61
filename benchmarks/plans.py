"""The plans that are timed. Stages do nothing, so that all that is timed is the orchestrator."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from turboci.dependencies import DependencyGroup, NodeKind, NodeRef
from turboci.states import ExecutionMode
from turboci.writes import StageWrite

RUNNER_TYPE: Final = "noop"


@dataclass(frozen=True)
class Shape:
    """A family of plans: the one that is timed, and one that is ten times as large and otherwise alike.

    Attributes:
        build: Makes the stages of a plan from its size.
        size: What to call `build` with.
        text: What a plan of this size is, for people.
    """

    name: str
    build: Callable[[int, ExecutionMode], list[StageWrite]]
    size: int
    text: str

    def stages(self, mode: ExecutionMode, *, scale: float = 1) -> list[StageWrite]:
        """Return the stages of a plan that is `scale` times as large."""
        return self.build(max(1, round(self.size * scale)), mode)


def stage(id: str, mode: ExecutionMode, after: Iterable[str] = ()) -> StageWrite:
    """Return a stage that starts when those in `after` have succeeded."""
    edges = tuple(NodeRef(NodeKind.STAGE, target).succeeded for target in after)
    return StageWrite(
        id=id, runner_type=RUNNER_TYPE, execution_mode=mode, dependencies=DependencyGroup(dependencies=edges)
    )


def chain(length: int, mode: ExecutionMode) -> list[StageWrite]:
    """Each stage waits for the one before: nothing can overlap, so this is the latency of one step."""
    names = [f"link-{number}" for number in range(length)]
    return [stage(name, mode, names[max(0, place - 1) : place]) for place, name in enumerate(names)]


def fan(width: int, mode: ExecutionMode) -> list[StageWrite]:
    """A root, many branches, and a join that waits for all of them."""
    branches = [f"branch-{number}" for number in range(width)]
    return [
        stage("root", mode),
        *(stage(branch, mode, ["root"]) for branch in branches),
        stage("join", mode, branches),
    ]


MESH_WIDTH: Final = 20


def mesh(layers: int, mode: ExecutionMode) -> list[StageWrite]:
    """Layers of twenty; each stage waits for the whole layer before."""
    names = [[f"node-{layer}-{place}" for place in range(MESH_WIDTH)] for layer in range(layers)]
    return [stage(name, mode, names[layer - 1] if layer else ()) for layer, row in enumerate(names) for name in row]


SHAPES: Final = (
    Shape("chain", chain, 100, "100 stages, one after the other"),
    Shape("fan", fan, 500, "a root, 500 branches, a join"),
    Shape("mesh", mesh, 10, "10 layers of 20, every edge between neighbouring layers"),
)
