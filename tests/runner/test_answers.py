"""What becomes of the return value and the exceptions of a handler."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from ci.runner import Runner, StageContext
from tests.runner.fakes import RecordedPort, an_execution
from turboci.errors import AttemptStopped, InvalidArgument, StageFailed
from turboci.executions import Answer
from turboci.nodes import typed
from turboci.states import CheckState


async def answer_of(handler: object, *, checks: tuple[str, ...] = ("built",)) -> Answer:
    runner = Runner("builder")
    runner.handler(handler)  # type: ignore[type-var]
    return await runner.run(an_execution(checks=checks), RecordedPort())


async def test_a_mapping_is_the_final_result_of_every_assigned_check() -> None:
    """Every assigned check gets the returned data, finalized."""

    async def build(stage: StageContext) -> dict[str, object]:
        return {"artifact": "app.tar", "sizes": (1, 2)}

    answer = await answer_of(build, checks=("a", "b"))
    assert [update.check_id for update in answer.check_updates] == ["a", "b"]
    for update in answer.check_updates:
        assert update.data == {"artifact": "app.tar", "sizes": [1, 2]}
        assert (update.state, update.finalize, update.failure) == (CheckState.FINAL, True, None)
    assert (answer.failure, answer.details) == (None, {})


async def test_a_handler_cannot_lose_its_attempt() -> None:
    """`AttemptStopped` is the word of a runner: a handler that raises it answers red, as with any exception."""

    async def build(stage: StageContext) -> None:
        raise AttemptStopped("the disk is full")

    answer = await answer_of(build)
    assert answer.failure == "AttemptStopped: the disk is full"


async def test_none_is_an_empty_result() -> None:
    """A handler without a return value answers its checks green and empty."""

    async def build(stage: StageContext) -> None:
        return None

    (update,) = (await answer_of(build)).check_updates
    assert (update.data, update.failure, update.finalize) == ({}, None, True)


async def test_without_a_check_the_return_value_is_kept_as_details() -> None:
    """A stage that answers no check keeps its data with the attempt, green or red."""

    async def notify(stage: StageContext) -> dict[str, object]:
        return {"sent": 3}

    async def refuse(stage: StageContext) -> None:
        raise StageFailed("mailbox full", data={"sent": 0})

    green, red = await answer_of(notify, checks=()), await answer_of(refuse, checks=())
    assert (green.details, green.check_updates) == ({"sent": 3}, ())
    assert (red.details, red.failure) == ({"sent": 0}, "mailbox full")


async def test_stage_failed_is_a_red_answer_with_data() -> None:
    """StageFailed gives its message to the answer and its data to the checks."""

    async def test(stage: StageContext) -> None:
        raise StageFailed("3 tests failed", data={"failed": 3})

    answer = await answer_of(test)
    assert answer.failure == "3 tests failed"
    assert [(update.data, update.finalize) for update in answer.check_updates] == [({"failed": 3}, True)]


async def test_another_exception_is_a_red_answer_with_the_end_of_its_traceback() -> None:
    """A defect of the handler is told by its class, with the handler's own frames in the details."""

    async def build(stage: StageContext) -> None:
        len(3)  # type: ignore[arg-type]

    answer = await answer_of(build)
    assert answer.failure == "TypeError: object of type 'int' has no len()"
    kept = typed(answer.details["traceback"], str, subject="answer", path="traceback")
    assert "len(3)" in kept
    assert "ci/runner" not in kept
    assert kept.endswith("TypeError: object of type 'int' has no len()")


async def test_leaving_python_is_a_red_answer() -> None:
    """sys.exit in a handler, plain or not, does not end the runner."""

    def plain(stage: StageContext) -> None:
        sys.exit(4)

    async def coroutine(stage: StageContext) -> None:
        sys.exit("bye")

    assert (await answer_of(plain)).failure == "SystemExit: 4"
    assert (await answer_of(coroutine)).failure == "SystemExit: bye"


async def test_a_cancellation_from_inside_is_a_red_answer() -> None:
    """A handler that awaits something that was cancelled has failed; nobody stopped the attempt."""

    async def build(stage: StageContext) -> None:
        lost = asyncio.get_running_loop().create_future()
        lost.cancel()
        await lost

    assert (await answer_of(build)).failure == "CancelledError"


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ({"path": Path("x")}, "stage 'build' result.path is PosixPath('x') (PosixPath)"),
        ({"rows": [1, {"ratio": float("nan")}]}, "stage 'build' result.rows[1].ratio is nan"),
        ({1: 2}, "stage 'build' result has the key 1 (int)"),
        (["app.tar"], "stage 'build' returned ['app.tar'] (list)"),
        ("app.tar", "stage 'build' returned 'app.tar' (str)"),
    ],
)
async def test_a_return_value_that_is_not_json_is_red_and_names_the_path(returned: object, said: str) -> None:
    """What cannot travel makes the answer red; the message has the path to it."""

    async def build(stage: StageContext) -> object:
        return returned

    answer = await answer_of(build)
    assert answer.failure is not None
    assert answer.failure.startswith(said)


async def test_data_of_a_failure_that_is_not_json_does_not_hide_the_failure() -> None:
    """StageFailed with unusable data keeps its message and says what was left out."""

    async def test(stage: StageContext) -> None:
        raise StageFailed("3 tests failed", data={"at": {1, 2}})

    failure = (await answer_of(test)).failure or ""
    assert failure.startswith("3 tests failed (its data is left out: stage 'build' result.at is {1, 2} (set)")


async def test_text_that_is_no_utf8_can_be_said() -> None:
    """A message with a lone surrogate is sent escaped; a very long one is cut."""

    async def surrogate(stage: StageContext) -> None:
        raise ValueError("\udcff")

    async def long(stage: StageContext) -> None:
        raise ValueError("x" * 100_000)

    assert (await answer_of(surrogate)).failure == "ValueError: \\udcff"
    assert len((await answer_of(long)).failure or "") < 5_000


async def test_reports_are_folded_into_the_answer_and_win_over_the_return_value() -> None:
    """report and fail_check speak of single checks, assigned or not, and outlive each other by key."""

    async def test(stage: StageContext) -> dict[str, object]:
        stage.report("a", {"seconds": 1, "own": True})
        stage.report("a", {"seconds": 2})
        stage.fail_check("b", "2 of 9 failed", data={"failed": 2})
        stage.report("b", {"more": 1})
        stage.report("elsewhere")
        return {"seconds": 0, "all": "yes"}

    answer = await answer_of(test, checks=("a", "b"))
    assert {update.check_id: (update.data, update.failure) for update in answer.check_updates} == {
        "a": ({"seconds": 2, "own": True, "all": "yes"}, None),
        "b": ({"seconds": 0, "all": "yes", "failed": 2, "more": 1}, "2 of 9 failed"),
        "elsewhere": ({}, None),
    }
    assert answer.failure is None


async def test_a_report_that_is_not_json_fails_at_the_call() -> None:
    """The handler learns at the call what it cannot report, and under which path."""
    seen: list[str] = []

    async def test(stage: StageContext) -> None:
        for data in ({"x": object}, {"y": [float("inf")]}):
            with pytest.raises(InvalidArgument) as raised:
                stage.report("a", data)
            seen.append(raised.value.field)
        with pytest.raises(InvalidArgument):
            stage.report("", {})

    assert (await answer_of(test)).failure is None
    assert seen == ["report['a'].x", "report['a'].y[0]"]


async def test_a_plain_function_may_return_an_awaitable() -> None:
    """A callable that returns a coroutine is awaited like a coroutine function."""

    async def work() -> dict[str, object]:
        return {"from": "coroutine"}

    (update,) = (await answer_of(lambda stage: work())).check_updates
    assert update.data == {"from": "coroutine"}
