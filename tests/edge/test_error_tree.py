"""Every error that can be provoked, provoked: the same class, sentence and field in this process and over gRPC."""

from __future__ import annotations

import base64
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ci.remote import RemoteOrchestrator
from orchestrator.app import running
from orchestrator.config import Config
from orchestrator.embedded import embedded
from tests.service.writing import ASYNC, attempt, check, ended, on_check, planning, stage
from turboci.errors import (
    AlreadyExists,
    ConcurrentModification,
    CyclicDependency,
    EmptyIdError,
    ExecutionNotFound,
    InternalError,
    InvalidArgument,
    InvalidState,
    LimitExceeded,
    NotFound,
    OrchestratorUnavailable,
    PositionExpired,
    RunnerNotFound,
    RunnerUnavailable,
    ServiceError,
    StaleAttempt,
    service_errors,
)
from turboci.executions import Answer, CheckUpdate
from turboci.nodes import ProgressEntry
from turboci.runners import RunnerRegistration
from turboci.states import AttemptState, CheckState
from turboci.writes import CheckResultWrite, CheckWrite

CONFIG = Config(
    port=0,
    max_nodes_per_call=20,
    max_nodes_per_plan=30,
    max_payload_bytes=1_024,
    max_message_bytes=100_000,
    log_level="ERROR",
)
BIG: dict[str, Any] = {"text": "x" * 2_000}


@dataclass(frozen=True)
class Here:
    """An orchestrator, reached in one of the two ways, with a plan."""

    port: Any
    plan: str
    path: Path

    async def write(self, *checks: CheckWrite, **more: Any) -> object:
        return await self.port.write_nodes(self.plan, checks=checks, **more)


Provoke = Callable[[Here], Awaitable[object]]
CASES: list[Any] = []


def provokes(
    error: type[ServiceError], sentence: str, field: str = "", *, only: str = ""
) -> Callable[[Provoke], Provoke]:
    """Add a case: what it does ends with this error, whose sentence matches."""

    def add(provoke: Provoke) -> Provoke:
        name = provoke.__name__
        ways = (only,) if only else ("in process", "over gRPC")
        CASES.extend(pytest.param(way, provoke, error, sentence, field, id=f"{name}-{way}") for way in ways)
        return provoke

    return add


@provokes(NotFound, "work plan 'absent' does not exist", "work_plan_id")
async def unknown_plan(here: Here) -> object:
    return await here.port.get_work_plan("absent")


@provokes(NotFound, r"check 'absent' is not in work plan")
async def unknown_node(here: Here) -> object:
    return await here.port.explain(here.plan, [on_check("absent")])


@provokes(ExecutionNotFound, "execution 'absent' does not exist")
async def unknown_execution(here: Here) -> object:
    return await here.port.complete_execution("absent", Answer())


@provokes(ExecutionNotFound, "execution 'absent' does not exist")
async def progress_of_nothing(here: Here) -> object:
    return await here.port.update_execution("absent", ProgressEntry(message="on my way"))


@provokes(RunnerNotFound, "registration 'absent' does not exist", "registration_id")
async def unknown_registration(here: Here) -> object:
    return await here.port.unregister_runner("absent")


@provokes(AlreadyExists, r"was created with idempotency key 'k' and other metadata; use a fresh key", "idempotency_key")
async def other_metadata(here: Here) -> object:
    await here.port.create_work_plan({"name": "a"}, idempotency_key="k")
    return await here.port.create_work_plan({"name": "b"}, idempotency_key="k")


@provokes(InvalidState, r"check 'a' .*FINAL")
async def change_of_the_past(here: Here) -> object:
    await here.write(ended("a"))
    return await here.write(CheckWrite(id="a", options={"late": True}))


@provokes(InvalidState, r"stage 's' .*claim|stage 's' .*held|stage 's' .*'me'")
async def claimed_by_another(here: Here) -> object:
    await here.port.write_nodes(here.plan, stages=[stage("s", runner_type=None)])
    claim = attempt("s", state=AttemptState.RUNNING, process_uid="me")
    await here.port.write_nodes(here.plan, stages=[claim])
    claim = attempt("s", state=AttemptState.RUNNING, process_uid="you")
    return await here.port.write_nodes(here.plan, stages=[claim])


@provokes(StaleAttempt, r"execution '\w+'")
async def late_answer(here: Here) -> object:
    execution = await attempted(here)
    await here.port.cancel_work_plan(here.plan, "no need")
    return await here.port.complete_execution(execution, Answer())


@provokes(StaleAttempt, r"execution '\w+'")
async def late_progress(here: Here) -> object:
    execution = await attempted(here)
    await here.port.cancel_work_plan(here.plan, "no need")
    return await here.port.update_execution(execution, ProgressEntry(message="still here"))


@provokes(StaleAttempt, r"execution '\w+'")
async def write_for_an_ended_attempt(here: Here) -> object:
    execution = await attempted(here)
    await here.port.cancel_work_plan(here.plan, "no need")
    return await here.write(check("late"), execution_id=execution)


@provokes(
    ConcurrentModification, r"check 'a' is at version \d; version 7 was expected; read it again", "expected_version"
)
async def another_version(here: Here) -> object:
    await here.write(check("a"))
    return await here.write(CheckWrite(id="a", kind="other", state=CheckState.PLANNED, expected_version=7))


@provokes(InvalidArgument, "the page has page_size 1,001; 0 to 1,000 is allowed", "page_size")
async def too_long_a_page(here: Here) -> object:
    return await here.port.list_work_plans(page_size=1_001)


@provokes(InvalidArgument, "the page has page_token 'x'; pass next_page_token", "page_token")
async def made_up_token(here: Here) -> object:
    return await here.port.list_work_plans(page_token="x")


@provokes(InvalidArgument, "the query has a page size of -1; 0 returns everything", "page_size")
async def page_of_less_than_nothing(here: Here) -> object:
    return await here.port.query_nodes(here.plan, page_size=-1)


@provokes(InvalidArgument, "the page token is none that a query has returned", "page_token")
async def made_up_token_of_nodes(here: Here) -> object:
    return await here.port.query_nodes(here.plan, page_size=1, page_token="x")


@provokes(InvalidArgument, "the page token is none that this version returns", "page_token")
async def token_of_another_version(here: Here) -> object:
    await here.write(check("a"), check("b"))
    token = (await here.port.query_nodes(here.plan, page_size=1)).next_page_token
    other = base64.urlsafe_b64encode(b"\xff" + base64.urlsafe_b64decode(token)[1:]).decode()
    return await here.port.query_nodes(here.plan, page_size=1, page_token=other)


@provokes(InvalidArgument, "the page token belongs to another query", "page_token")
async def token_of_another_query(here: Here) -> object:
    await here.write(check("a"), check("b"))
    token = (await here.port.query_nodes(here.plan, page_size=1)).next_page_token
    return await here.port.query_nodes(here.plan, page_size=1, page_token=token, include_stages=False)


@provokes(
    InvalidArgument,
    "check 'a' is written with the expected version -1; versions count from 1, and 0 says that the node must not exist",
    "expected_version",
)
async def version_before_the_first(here: Here) -> object:
    return await here.write(CheckWrite(id="a", expected_version=-1))


@provokes(
    InvalidArgument, "stage 's' has timeout 1e\\+09 s; more than 0 and at most 315,360,000 s are allowed", "timeout"
)
async def thirty_years(here: Here) -> object:
    return await here.port.write_nodes(here.plan, stages=[stage("s", timeout=1e9)])


@provokes(InvalidArgument, r"deadline 1960-01-01T00:00:00\+00:00; 1970 is the earliest year", "deadline")
async def deadline_long_ago(here: Here) -> object:
    return await here.port.create_work_plan(deadline=datetime(1960, 1, 1, tzinfo=UTC))


@provokes(InvalidArgument, r"runner 'r' .*address")
async def address_of_nowhere(here: Here) -> object:
    return await here.port.register_runner(
        RunnerRegistration(runner_id="r", runner_type="t", address="dns:///somewhere:1")
    )


@provokes(EmptyIdError, "check", "checks[1].id")
async def empty_id(here: Here) -> object:
    return await here.write(check("a"), CheckWrite(id=""))


@provokes(
    CyclicDependency,
    r"dependencies form a cycle: check '(a|b)' depends on check '[ab]', depends on check '\1'; remove one",
    "dependencies",
)
async def cycle(here: Here) -> object:
    return await here.write(check("a", on_check("b")), check("b", on_check("a")))


@provokes(LimitExceeded, "the call writes 21 nodes; at most 20 are allowed in one call")
async def too_many_nodes_for_a_call(here: Here) -> object:
    return await here.write(*[check(f"c{n}") for n in range(21)])


@provokes(LimitExceeded, r"work plan '\w+' would have up to 40 nodes; at most 30 are allowed")
async def too_many_nodes_for_a_plan(here: Here) -> object:
    await here.write(*[check(f"a{n}") for n in range(20)])
    return await here.write(*[check(f"b{n}") for n in range(20)])


@provokes(LimitExceeded, "check 'a' has options of .* bytes; at most 1,024 are allowed", "options")
async def too_large_options(here: Here) -> object:
    return await here.write(check("a", options=BIG))


@provokes(LimitExceeded, "check 'a' would have options of 1,424 bytes; at most 1,024 are allowed", "checks[0].options")
async def options_that_grow_too_large(here: Here) -> object:
    half = {"x" * 400: "y" * 300}
    await here.write(planning("a", options=half))
    return await here.write(planning("a", options={"z" * 400: "y" * 300}))


@provokes(LimitExceeded, "stage 's' has args of .* bytes; at most 1,024 are allowed", "args")
async def too_large_args(here: Here) -> object:
    return await here.port.write_nodes(here.plan, stages=[stage("s", args=BIG)])


@provokes(LimitExceeded, "check 'a' has result.data of .* bytes; at most 1,024 are allowed", "result.data")
async def too_large_a_result(here: Here) -> object:
    return await here.write(CheckWrite(id="a", result=CheckResultWrite(owner_id="me", data=BIG)))


@provokes(LimitExceeded, r"has .*of .* bytes; at most 1,024 are allowed")
async def too_large_an_answer(here: Here) -> object:
    execution = await attempted(here)
    update = CheckUpdate(check_id="a", state=CheckState.FINAL, data=BIG)
    return await here.port.complete_execution(execution, Answer(check_updates=(update,)))


@provokes(LimitExceeded, "the work plan has metadata of .* bytes; at most 1,024 are allowed", "metadata")
async def too_large_metadata(here: Here) -> object:
    return await here.port.create_work_plan({"name": "x" * 2_000})


@provokes(LimitExceeded, r"a message between this client and .* did not pass .*100000", "message", only="over gRPC")
async def too_large_a_message(here: Here) -> object:
    # gRPC itself refuses it, before it is read.
    return await here.write(*[check(f"{n}" + "x" * 60_000) for n in range(3)])


@provokes(PositionExpired, r"work plan '\w+' has no event 99, its newest is \d+; query the nodes", "after_sequence")
async def position_in_the_future(here: Here) -> object:
    async with aclosing(here.port.watch(here.plan, after_sequence=99)) as events:
        return await anext(events)


@provokes(OrchestratorUnavailable, "orchestrator .* cannot be reached", only="over gRPC")
async def nobody_there(here: Here) -> object:
    async with RemoteOrchestrator("127.0.0.1:1", retry_for=0.0) as nobody:
        return await nobody.get_work_plan("p")


@provokes(InternalError, r"^error [0-9a-f]{12} stopped a call at the database; the log .* under this id$")
async def broken_database(here: Here) -> object:
    with sqlite3.connect(here.path) as other:
        other.execute("DROP TABLE dependencies")
    other.close()
    return await here.write(check("a", on_check("b")))


@provokes(InternalError, r"^error [0-9a-f]{12} stopped a call at the database; the log .* under this id$")
async def broken_database_that_is_read(here: Here) -> object:
    with sqlite3.connect(here.path) as other:
        other.execute("DROP TABLE stages")
    other.close()
    return await here.port.query_nodes(here.plan)


async def attempted(here: Here) -> str:
    """Have an attempt queued; return its execution id."""
    await here.port.write_nodes(
        here.plan, checks=[check("a")], stages=[stage("s", answers=["a"], execution_mode=ASYNC)]
    )
    with sqlite3.connect(here.path) as other:
        [(execution,)] = other.execute("SELECT execution_id FROM stage_attempts").fetchall()
    other.close()
    return str(execution)


@asynccontextmanager
async def reached(way: str, folder: Path) -> AsyncIterator[Here]:
    path = folder / "turboci.db"
    if way == "in process":
        async with embedded(str(path), config=CONFIG) as port:
            yield Here(port, (await port.create_work_plan()).id, path)
        return
    config = replace(CONFIG, sqlite_path=str(path))
    async with running(config) as server, RemoteOrchestrator(server.address, retry_for=0.0) as remote:
        yield Here(remote, (await remote.create_work_plan()).id, path)


@pytest.mark.parametrize(("way", "provoke", "error", "sentence", "field"), CASES)
async def test_an_error_is_the_same_on_both_sides(
    way: str, provoke: Provoke, error: type[ServiceError], sentence: str, field: str, tmp_path: Path
) -> None:
    """Its class says what kind of thing went wrong, its sentence which thing, what is not so, and the rule."""
    async with reached(way, tmp_path) as here:
        with pytest.raises(error) as caught:
            await provoke(here)
    raised = caught.value
    assert type(raised) is error
    assert re.search(sentence, str(raised)), str(raised)
    assert not field or raised.field.endswith(field), raised.field
    assert "\n" not in str(raised)


def test_every_class_is_provoked() -> None:
    """Only what no caller of the orchestrator can meet is left out."""
    provoked = {case.values[2] for case in CASES}
    unmet = {RunnerUnavailable}  # between the orchestrator and its runners
    client_only = {cls for cls in service_errors().values() if "client alone" in (cls.__doc__ or "")}
    assert set(service_errors().values()) - provoked - client_only - {_node_written()} == unmet


def _node_written() -> type[ServiceError]:
    return service_errors()["NODE_WRITTEN"]
