"""Where a stream may begin, and what ends it."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from tests.service.rig import Rig
from tests.service.streams import first, shown
from tests.service.writing import check, ended
from turboci.errors import NotFound, PositionExpired


async def test_unknown_plans_are_not_found(rig: Rig) -> None:
    """There is nothing to watch."""
    with pytest.raises(NotFound, match="work plan 'nobody' does not exist"):
        await anext(rig.server.watch("nobody"))


@pytest.mark.parametrize("after", [3, 99])
async def test_a_position_that_does_not_exist_is_refused(rig: Rig, after: int) -> None:
    """Waiting for an event of another database would be silent."""
    newest = (await rig.write(check("a"), check("b"))).sequence
    assert newest == 2
    with pytest.raises(PositionExpired, match=rf"has no event {after}, its newest is 2; query the nodes") as caught:
        await anext(rig.server.watch(rig.plan, after_sequence=after))
    assert caught.value.field == "after_sequence"


async def test_a_position_that_is_not_kept_is_refused(rig: Rig) -> None:
    """A watcher learns that events are missing, at once or when it comes to the gap."""
    await rig.write(*(check(f"c{number}") for number in range(6)))
    await rig.change("DELETE FROM events WHERE sequence IN (1, 2, 3)")
    with pytest.raises(PositionExpired, match="keeps event 3 no more"):
        await anext(rig.server.watch(rig.plan, after_sequence=2))
    stream = rig.server.watch(rig.plan, after_sequence=3)
    async with aclosing(stream):
        assert [event.sequence for event in await first(stream, 3)] == [4, 5, 6]


async def test_a_gap_in_what_is_kept_ends_the_stream(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is passed over in silence, even if it is deleted while somebody reads on."""
    monkeypatch.setattr("orchestrator.watching._READ", 2)
    await rig.write(*(check(f"c{number}") for number in range(6)))
    stream = rig.server.watch(rig.plan, after_sequence=0)
    async with aclosing(stream):
        await first(stream, 2)
        await rig.change("DELETE FROM events WHERE sequence IN (3, 4)")
        with pytest.raises(PositionExpired, match="has come to event 2, but the next one that is kept is 5"):
            await anext(stream)


async def test_deletion_of_the_plan_ends_the_stream(rig: Rig) -> None:
    """Whoever waits for more of a plan that is deleted does not wait for ever."""
    await rig.write(ended("a"))
    stream = rig.server.watch(rig.plan)
    async with aclosing(stream):
        waiting = rig.start_task(anext(stream))
        await rig.settle()
        await rig.server.delete_work_plans()
        with pytest.raises(NotFound, match="has been deleted"):
            await waiting


async def test_the_position_is_fixed_when_the_stream_says_so(rig: Rig) -> None:
    """What happens after that comes, however late the first event is asked for."""
    stream = rig.server.watch(rig.plan)
    async with aclosing(stream):
        await stream.positioned()
        await rig.write(check("a"))
        assert shown(await anext(stream))[0] == "a"
