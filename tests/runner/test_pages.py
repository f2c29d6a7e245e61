"""Queries whose answer is too large for one message."""

from __future__ import annotations

import pytest

from ci.remote import RemoteOrchestrator, pages
from tests.runner.server import SmallOrchestrator
from turboci.errors import LimitExceeded
from turboci.v1 import check_pb2, common_pb2, service_pb2, stage_pb2


def a_check(id: str) -> check_pb2.Check:
    return check_pb2.Check(id=id, work_plan_id="p", state=common_pb2.CHECK_STATE_PLANNED)


def a_page(*checks: str, stage: str = "", token: str = "") -> service_pb2.QueryNodesResponse:
    stages = [stage_pb2.Stage(id=stage, work_plan_id="p", state=common_pb2.STAGE_STATE_PLANNED)] if stage else []
    return service_pb2.QueryNodesResponse(
        checks=[a_check(id) for id in checks], stages=stages, sequence=7, next_page_token=token
    )


def asked(small: SmallOrchestrator) -> list[tuple[int, str]]:
    """Return size and token of every page that was asked for."""
    return [
        (each.page_size, each.page_token) for each in small.requests if isinstance(each, service_pb2.QueryNodesRequest)
    ]


@pytest.fixture(autouse=True)
def four_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "NODES_PER_PAGE", 4)


async def test_all_pages_are_read(remote: RemoteOrchestrator, small: SmallOrchestrator) -> None:
    """Whoever asks for all nodes gets all of them, in order, with the position of the first page."""
    small.replies.extend([a_page("a", "b", token="two"), a_page("c", stage="s", token="three"), a_page(stage="t")])
    found = await remote.query_nodes("p")
    assert [check.id for check in found.checks] == ["a", "b", "c"]
    assert [stage.id for stage in found.stages] == ["s", "t"]
    assert (found.sequence, found.next_page_token) == (7, "")
    assert asked(small) == [(4, ""), (4, "two"), (4, "three")]


async def test_a_page_that_is_asked_for_is_one_call(remote: RemoteOrchestrator, small: SmallOrchestrator) -> None:
    """Whoever turns pages himself gets the one that he asks for, and the token of the next."""
    small.replies.append(a_page("a", token="two"))
    found = await remote.query_nodes("p", page_size=1)
    assert (len(found.checks), found.next_page_token) == (1, "two")
    assert asked(small) == [(1, "")]


async def test_a_page_that_is_too_large_is_halved(remote: RemoteOrchestrator, small: SmallOrchestrator) -> None:
    """Nodes with much data come in smaller pages; what has come is not asked for again."""
    too_large = LimitExceeded("a message", "did not pass (larger than 128 MiB)")
    small.replies.extend([a_page("a", token="two"), too_large, a_page("b", "c", token="three"), a_page("d")])
    found = await remote.query_nodes("p")
    assert [check.id for check in found.checks] == ["a", "b", "c", "d"]
    assert asked(small) == [(4, ""), (4, "two"), (2, "two"), (2, "three")]


async def test_a_node_that_is_too_large_alone_is_an_error(remote: RemoteOrchestrator, small: SmallOrchestrator) -> None:
    """Halving ends at one node."""
    small.replies.extend([LimitExceeded("a message", "did not pass (larger than 128 MiB)")] * 3)
    with pytest.raises(LimitExceeded, match="did not pass"):
        await remote.query_nodes("p")
    assert asked(small) == [(4, ""), (2, ""), (1, "")]
