"""The plans that are timed. Stages do nothing, so that all that is timed is the orchestrator; light ones do little."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from turboci.dependencies import DependencyGroup, NodeKind, NodeRef
from turboci.states import ExecutionMode
from turboci.writes import StageWrite

RUNNER_TYPE: Final = "noop"
LIGHT_TYPE: Final = "light"
LIGHT_WORK: Final = 0.010
"""Seconds that a light stage takes by itself."""
LIGHT_SLOTS: Final = 10
"""Light stages that run at the same time."""


@dataclass(frozen=True)
class Shape:
    """A family of plans: the one that is timed, and one that is ten times as large and otherwise alike.

    Attributes:
        build: Makes the stages of a plan from its size.
        size: What to call `build` with.
        text: What a plan of this size is, for people.
        alone: Seconds that the work of a plan of this size takes by itself.
    """

    name: str
    build: Callable[[int, ExecutionMode], list[StageWrite]]
    size: int
    text: str
    alone: float = 0.0

    def stages(self, mode: ExecutionMode, *, scale: float = 1) -> list[StageWrite]:
        """Return the stages of a plan that is `scale` times as large."""
        return self.build(max(1, round(self.size * scale)), mode)


def stage(id: str, mode: ExecutionMode, after: Iterable[str] = (), *, runner_type: str = RUNNER_TYPE) -> StageWrite:
    """Return a stage that starts when those in `after` have succeeded."""
    edges = tuple(NodeRef(NodeKind.STAGE, target).succeeded for target in after)
    return StageWrite(
        id=id, runner_type=runner_type, execution_mode=mode, dependencies=DependencyGroup(dependencies=edges)
    )


def chain(length: int, mode: ExecutionMode, *, runner_type: str = RUNNER_TYPE) -> list[StageWrite]:
    """Each stage waits for the one before: nothing can overlap, so this is the latency of one step."""
    names = [f"link-{number}" for number in range(length)]
    return [
        stage(name, mode, names[max(0, place - 1) : place], runner_type=runner_type)
        for place, name in enumerate(names)
    ]  # fmt: skip


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


def light_chain(length: int, mode: ExecutionMode) -> list[StageWrite]:
    """Light stages, one after the other."""
    return chain(length, mode, runner_type=LIGHT_TYPE)


def light_crowd(count: int, mode: ExecutionMode) -> list[StageWrite]:
    """Light stages that wait for nothing but a free slot."""
    return [stage(f"light-{number}", mode, runner_type=LIGHT_TYPE) for number in range(count)]


SHAPES: Final = (
    Shape("chain", chain, 100, "100 stages, one after the other"),
    Shape("fan", fan, 500, "a root, 500 branches, a join"),
    Shape("mesh", mesh, 10, "10 layers of 20, every edge between neighbouring layers"),
)

LIGHT: Final = (
    Shape("light chain", light_chain, 40, "40 stages of 10 ms, one after the other", 40 * LIGHT_WORK),
    Shape("light crowd", light_crowd, 400, "400 stages of 10 ms on 10 slots", 400 * LIGHT_WORK / LIGHT_SLOTS),
)
