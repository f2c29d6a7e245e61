"""Reading the nodes of a plan, all at once and page by page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator.service import views
from tests.service.recording import final
from tests.service.rig import Rig
from tests.service.writing import RETRY_RED, all_of, attempt, check, claimed, ended, on_check, on_stage, stage
from turboci.errors import InvalidArgument
from turboci.events import Event
from turboci.executions import CheckUpdate
from turboci.nodes import Nodes, ProgressEntry
from turboci.queries import NodeFilters, NodeQuery
from turboci.states import AttemptState, CheckState, StageState


async def pages(rig: Rig, size: int, which: NodeQuery | None = None) -> list[Nodes]:
    """Return all pages of a query."""
    query = replace(which or NodeQuery(), page_size=size)
    found = [await rig.server.query_nodes(rig.plan, **query.filters())]
    while found[-1].next_page_token:
        query = replace(query, page_token=found[-1].next_page_token)
        found.append(await rig.server.query_nodes(rig.plan, **query.filters()))
    return found


def ids(found: Nodes) -> list[str]:
    return [node.id for node in (*found.checks, *found.stages)]


async def test_many_nodes_are_read_as_one_by_one(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node looks the same whether it is asked for alone or with many others, all its parts included."""
    monkeypatch.setattr(views, "_PART", 2)
    await rig.register()
    await rig.write(check("a"), check("b", on_check("a")), check("c", on_check("a").failed, on_stage("nobody")))
    await rig.write(stage("s", answers=["a", "b"], retry=RETRY_RED), claimed("t", on_check("a").finished))
    rig.runners.take().answer(CheckUpdate(check_id="a", data={"n": 1}), failure="red")
    await rig.advance(5)
    rig.runners.take().answer(final("a"), final("b"))
    await rig.settle()
    for message in ("one", "two"):
        progress = ProgressEntry(message=message)
        await rig.write(attempt("t", state=AttemptState.RUNNING, process_uid="me", progress=progress))
    await rig.write(stage("parent"), stage("child", parent_stage_id="parent"), stage("late", on_stage("parent")))
    everything = await rig.server.query_nodes(rig.plan)
    assert ids(everything) == ["a", "b", "c", "s", "t", "parent", "child", "late"]
    assert everything.checks == tuple([await rig.check(id) for id in "abc"])
    assert everything.stages == tuple([await rig.stage(id) for id in ids(everything)[3:]])
    assert [result.owner_id for result in everything.checks[0].results] == ["s:1", "s:2"]
    assert everything.checks[2].dependencies.same_as(all_of(on_check("a").failed, on_stage("nobody")))
    assert [tried.idx for tried in everything.stages[0].attempts] == [1, 2]
    assert [assignment.target_check_id for assignment in everything.stages[0].assignments] == ["a", "b"]
    assert [entry.message for entry in everything.stages[1].attempts[0].progress] == ["one", "two"]
    assert everything.stages[3].parent_stage_id == "parent"


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 100])
async def test_pages_add_up_to_everything(rig: Rig, size: int) -> None:
    """Every node is on one page, in order of creation, checks first; only the last page may be short."""
    await rig.write(*(check(f"c{number}") for number in range(3)), *(stage(f"s{number}") for number in range(3)))
    everything = await rig.server.query_nodes(rig.plan)
    found = await pages(rig, size)
    assert [node for page in found for node in (*page.checks, *page.stages)] == [
        *everything.checks,
        *everything.stages,
    ]
    assert [len(ids(page)) for page in found[:-1]] == [size] * (len(found) - 1)
    assert 0 < len(ids(found[-1])) <= size


async def test_there_are_no_pages_unless_asked_for(rig: Rig) -> None:
    """Clients that know no pages get everything."""
    await rig.write(*(check(f"c{number:04}") for number in range(2_500)))
    found = await rig.server.query_nodes(rig.plan)
    assert len(found.checks) == 2_500
    assert found.next_page_token == ""


@pytest.mark.parametrize(
    ("which", "wanted"),
    [
        (NodeFilters(check_states=[CheckState.FINAL]), ["a", "c", "e", "s", "t"]),
        (NodeFilters(include_stages=False), ["a", "b", "c", "d", "e"]),
        (NodeFilters(include_checks=False), ["s", "t"]),
        (NodeFilters(check_ids=["e", "b", "b", "nobody"], stage_ids=["t"]), ["b", "e", "t"]),
        (NodeFilters(check_ids=["e", "b"], check_states=[CheckState.FINAL], stage_states=[StageState.PLANNED]), ["e"]),
        (NodeFilters(include_checks=False, include_stages=False), []),
    ],
)
async def test_pages_follow_the_filters(rig: Rig, which: NodeFilters, wanted: list[str]) -> None:
    """Pages of a filtered query are those of its answer."""
    await rig.write(*(ended(name) if name in "ace" else check(name) for name in "abcde"), stage("s"), stage("t"))
    assert ids(await rig.server.query_nodes(rig.plan, **which)) == wanted
    found = await pages(rig, 2, NodeQuery(**which))
    assert [name for page in found for name in ids(page)] == wanted


async def test_pages_and_a_watch_miss_nothing(rig: Rig) -> None:
    """All pages carry the position of the first one, so a watch after it tells what has changed since then."""
    first = await rig.write(*(check(f"c{number}") for number in range(4)))
    query = NodeQuery(page_size=2)
    page = await rig.server.query_nodes(rig.plan, **query.filters())
    await rig.write(ended("c0"), check("late"))
    query = replace(query, page_token=page.next_page_token, page_size=10)
    rest = await rig.server.query_nodes(rig.plan, **query.filters())
    assert ids(page) + ids(rest) == ["c0", "c1", "c2", "c3", "late"]
    assert page.sequence == rest.sequence == first.sequence
    stream = rig.server.watch(rig.plan, after_sequence=rest.sequence)
    events: list[Event] = [await anext(stream), await anext(stream)]
    await stream.aclose()
    assert [getattr(event, "check_id", None) for event in events] == ["c0", "late"]


async def test_a_token_is_good_for_its_query_only(rig: Rig) -> None:
    """Another plan, other filters, and what is no token of ours are refused."""
    await rig.write(check("a"), check("b"))
    token = (await rig.server.query_nodes(rig.plan, page_size=1)).next_page_token
    other = (await rig.server.create_work_plan()).id
    with pytest.raises(InvalidArgument, match="belongs to another query") as caught:
        await rig.server.query_nodes(other, page_size=1, page_token=token)
    assert caught.value.field == "page_token"
    with pytest.raises(InvalidArgument, match="belongs to another query"):
        await rig.server.query_nodes(rig.plan, page_size=1, page_token=token, check_ids=["a", "b"])
    same = NodeFilters(page_size=1, check_ids=["a", "b"])
    token = (await rig.server.query_nodes(rig.plan, **same)).next_page_token
    again = NodeFilters(page_size=2, check_ids=["b", "a", "a"], page_token=token)
    assert ids(await rig.server.query_nodes(rig.plan, **again)) == ["b"]


@pytest.mark.parametrize("token", ["x", "é", "AAAA", "A" * 46, "AQ" * 23, "=" * 48, "A" * 45 + "=", " "])
async def test_what_is_no_token_is_refused(rig: Rig, token: str) -> None:
    """Any text is either a token that was given out or a mistake of the caller."""
    with pytest.raises(InvalidArgument, match="the page token") as caught:
        await rig.server.query_nodes(rig.plan, page_size=1, page_token=token)
    assert caught.value.field == "page_token"


async def test_a_write_answers_in_its_own_order(rig: Rig) -> None:
    """The nodes of the answer stand in the order of the request, each once, whenever they were created."""
    await rig.write(check("a"), check("b"), stage("s"), stage("t"))
    assert ids(await rig.write(stage("t"), stage("s"), stage("u"), check("c"), check("b"), check("a"))) == [
        *("c", "b", "a"),
        *("t", "s", "u"),
    ]
