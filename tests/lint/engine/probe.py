"""What inference, jedi and pyright are asked about; nothing here runs."""

# mypy: ignore-errors
# pyright: basic
from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Optional, TypeAlias, TypeVar, Union, cast

import ci
import ci as c
import ci.dag
from ci import DAG as Graph
from ci import CheckNode, depends_on, new_check
from ci.dag import DAG as DeepDAG

dag = ci.DAG("probe")
reveal_type(dag)
reveal_type(c.DAG())
reveal_type(Graph("x"))
reveal_type(DeepDAG())
reveal_type(ci.dag.DAG())
build = dag.check("build")
reveal_type(build)
reveal_type(build.kind("k").option("a", 1))
reveal_type(dag.stage("s").runner("r").assigns(build))
reveal_type(dag.shell("t", "true"))
reveal_type(dag.step("u", "r").check)
reveal_type(build.finished)
reveal_type(build.ref)
reveal_type(build.ref.succeeded)
reveal_type(depends_on("a"))
reveal_type(new_check("a"))
reveal_type(new_check("a").kind("k").build())
reveal_type(ci.new_stage("a").runner_type("r").build())
reveal_type(ci.check("a"))
reveal_type(ci.assigns("a"))
reveal_type(ci.assignment_list("a")[0])
D = ci.DAG
reveal_type(D())
Alias: TypeAlias = ci.DAG
fallback = None or ci.DAG()
reveal_type(fallback)
reveal_type(ci.DAG() if build else ci.new_check("x"))
pair = dag, build
reveal_type(pair[0])
first, second = pair
reveal_type(second)
nodes = [dag.check("a"), dag.check("b")]
reveal_type(nodes[0])
for node in nodes:
    reveal_type(node)
for index, numbered in enumerate(nodes):
    reveal_type(numbered)
for left, right in zip(nodes, nodes):
    reveal_type(right)
reveal_type([ci.check(name) for name in "ab"][0])
by_name = {"a": dag}
reveal_type(by_name["a"])
for value in by_name.values():
    reveal_type(value)
reveal_type(sorted(nodes, key=str)[0])
reveal_type(max(nodes, key=str))
reveal_type((walrus := ci.DAG()))
reveal_type(walrus)
reveal_type(cast(ci.DAG, object()))
reveal_type(cast("ci.DAG", object()))
reveal_type(functools.partial(ci.DAG)())
reveal_type((lambda: ci.DAG())())
reveal_type(getattr(dag, "check")("x"))
grown = []
grown.append(ci.DAG())
reveal_type(grown[0])


def annotated(
    a: ci.DAG,
    b: "ci.DAG",
    d: Annotated[ci.DAG, 1],
    e: list[ci.CheckNode],
    f: type[ci.DAG],
    g: tuple[ci.DAG, ci.CheckNode],
    h: dict[str, ci.DAG],
) -> None:
    reveal_type(a)
    reveal_type(b)
    reveal_type(d)
    reveal_type(e[0])
    reveal_type(f())
    reveal_type(g[1])
    reveal_type(h["x"])


def annotated_otherwise(
    i: Alias,
    j: Optional[ci.DAG],
    k: Union[ci.DAG, None],
    m: ci.DAG | None = None,
    *many: ci.CheckNode,
    **named: ci.DAG,
) -> None:
    reveal_type(i)
    if j is not None:
        reveal_type(j)
    assert k
    reveal_type(k)
    if not m:
        return
    reveal_type(m)
    reveal_type(many[0])
    reveal_type(named["x"])


def narrowed(thing: object) -> None:
    if isinstance(thing, ci.DAG):
        reveal_type(thing)
    match thing:
        case ci.CheckNode():
            reveal_type(thing)


T = TypeVar("T", bound=ci.DAG)
S = TypeVar("S")


def same(x: T) -> T:
    return x


def first_of(*many: S) -> S:
    return many[0]


reveal_type(same(ci.DAG()))
reveal_type(first_of(dag))


def made(name: str):
    if name:
        return ci.DAG(name)
    return ci.DAG()


reveal_type(made("x"))


class Flow:
    label: Final = "x"
    shared: ci.DAG = ci.DAG()

    def __init__(self, given: ci.DAG) -> None:
        self.dag = ci.DAG("flow")
        self.given = given

    @property
    def start(self):
        return self.dag.check("start")

    @classmethod
    def create(cls):
        return cls(ci.DAG())

    def node(self):
        return self.dag.stage("s")

    async def run(self, orch: ci.Orchestrator):
        return await self.dag.execute(orch)


class Deeper(Flow):
    def node(self):
        return super().node().runner("r")


class Own(ci.DAG):
    def lint(self):
        return self.check("lint")


@dataclass
class Record:
    graph: ci.DAG
    node: ci.CheckNode


flow = Flow(dag)
reveal_type(flow.dag)
reveal_type(flow.given)
reveal_type(flow.shared)
reveal_type(flow.start)
reveal_type(flow.node())
reveal_type(Flow.create().dag)
reveal_type(Deeper(dag).node())
reveal_type(Deeper(dag).dag)
reveal_type(Own().check("x"))
reveal_type(Own().lint())
reveal_type(Record(dag, build).graph)


@contextlib.contextmanager
def opened() -> Iterator[ci.DAG]:
    yield ci.DAG()


@contextlib.asynccontextmanager
async def aopened() -> AsyncIterator[ci.DAG]:
    yield ci.DAG()


async def main(orch: ci.Orchestrator, handles: Sequence[ci.CheckHandle]) -> None:
    with opened() as plain:
        reveal_type(plain)
    async with aopened() as entered:
        reveal_type(entered)
    async with dag.execute(orch) as execution:
        reveal_type(execution)
        reveal_type(await execution.wait_for_completion())
        reveal_type(await execution.wait_for_check("build"))
    launched = await dag.execute(orch)
    reveal_type(launched)
    reveal_type(await dag.add_check("late").kind("x"))
    async with ci.local() as local:
        reveal_type(local)
    async with ci.connect("x") as remote:
        reveal_type(remote)
    async with ci.WorkflowContext(orch) as wf:
        reveal_type(wf)
        handle = await wf.define_check("x")
        reveal_type(handle)
        reveal_type(await handle)
        reveal_type(await handle.wait())
        reveal_type(await ci.wait_any_check(handle))
        one, two = await asyncio.gather(handle.wait(), wf.define_stage("y"))
        reveal_type(two)
        task = asyncio.create_task(handle.wait())
        reveal_type(await task)
        reveal_type(await asyncio.wait_for(handle.wait(), 1))
    async with contextlib.AsyncExitStack() as stack:
        reveal_type(await stack.enter_async_context(dag.execute(orch)))
    with contextlib.ExitStack() as plain_stack:
        reveal_type(plain_stack.enter_context(opened()))
    reveal_type(await Flow(dag).run(orch))
    for each in await ci.wait_all_checks(*handles):
        reveal_type(each)
    (reveal_type(wait) for wait in handles)
