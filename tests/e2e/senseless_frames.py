"""Streams of runners that make no sense, drawn from a seeded generator: one function for each way of being wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.e2e.contract import struct, update
from tests.e2e.senseless import unknown_enum, wrong_id
from turboci.v1 import service_pb2

Frame: TypeAlias = service_pb2.RunnerFrame
Draw: TypeAlias = Callable[[random.Random, str], list[Frame | bytes]]


@dataclass(frozen=True)
class SenselessStream:
    """The frames of one stream."""

    frames: list[bytes]
    why: str


def draw(number: int, live: str, *, seed: int) -> list[SenselessStream]:
    """Return so many streams, of all kinds by turns; `live` is an execution of another runner."""
    source = random.Random(seed)
    drawn = []
    for index in range(number):
        kind = KINDS[index % len(KINDS)]
        frames = kind(source, live)
        encoded = [frame if isinstance(frame, bytes) else frame.SerializeToString() for frame in frames]
        drawn.append(SenselessStream(encoded, f"{index} {kind.__name__} {frames!r:.300}"))
    return drawn


def hello(source: random.Random, **fields: Any) -> Frame:
    """Return the first frame of a runner that nobody has work for."""
    said = {"runner_id": "odd", "runner_type": "odd", "process_uid": f"{source.randrange(1 << 64):x}", "ttl_seconds": 1}
    registration = service_pb2.RegisterStageRunnerRequest(**{**said, **fields})
    return Frame(hello=service_pb2.RunnerHello(registration=registration))


def an_id(source: random.Random) -> str:
    return f"{source.randrange(1 << 128):032x}"


def broken_bytes(source: random.Random, live: str) -> list[Frame | bytes]:
    """Bytes that are no frame, first or later."""
    broken = source.choice(
        [b"\x0a\xff" + source.randbytes(3), b"\x80" * 11, b"\x12\x02\xc3\x28", source.randbytes(100) + b"\xff"]
    )
    return source.choice([[broken], [hello(source), broken], [hello(source), Frame(), broken, Frame(draining=True)]])


def no_hello(source: random.Random, live: str) -> list[Frame | bytes]:
    """Streams that begin with something else."""
    first = [Frame(), Frame(accepted=[live]), Frame(draining=True), Frame(returned=[returned(live, source)])]
    return [source.choice(first), hello(source)]


def bad_hello(source: random.Random, live: str) -> list[Frame | bytes]:
    """Runners that nobody could call by their name, or that take a negative number of stages."""
    faults: list[dict[str, Any]] = [
        {"runner_id": wrong_id(source)},
        {"runner_type": wrong_id(source)},
        {"process_uid": wrong_id(source)},
        {"max_concurrent": -source.randint(1, 1 << 31)},
        {"ttl_seconds": -source.randint(1, 1 << 62)},
        {"supported_modes": [unknown_enum(source)]},
    ]
    return [hello(source, **source.choice(faults)), Frame(accepted=[live])]


def hello_twice(source: random.Random, live: str) -> list[Frame | bytes]:
    """Runners that say who they are again, and differently."""
    return [hello(source), hello(source, runner_type="steady", runner_id="steady"), Frame(), hello(source)]


def held_by_others(source: random.Random, live: str) -> list[Frame | bytes]:
    """Runners that speak for executions that are not theirs, or that nobody knows."""
    first = hello(source)
    first.hello.held.extend([live, *(an_id(source) for _ in range(source.choice([1, 100, 5_000])))])
    return [first, Frame(accepted=[live] * 1_000)]


def returned(execution_id: str, source: random.Random) -> service_pb2.ReturnedExecution:
    begun = source.random() < 0.5
    return service_pb2.ReturnedExecution(
        execution_id=execution_id, reason="mine" * source.choice([1, 1 << 16]), begun=begun
    )


def work_of_others(source: random.Random, live: str) -> list[Frame | bytes]:
    """Acceptances and refusals of what another runner works on, and of what does not exist."""
    ids = [live, an_id(source), wrong_id(source)]
    frame = Frame(accepted=ids, returned=[returned(id, source) for id in ids], draining=source.random() < 0.3)
    return [hello(source), frame, frame]


def bad_tickets(source: random.Random, live: str) -> list[Frame | bytes]:
    """Reports on nothing, under numbers that are none, or that come twice."""
    numbers = [0, -1, -(1 << 63), (1 << 63) - 1, 7, 7, 7]
    reports = [
        service_pb2.RunnerReport(ticket=number, completion={"execution_id": an_id(source)}) for number in numbers
    ]
    return [hello(source), Frame(reports=reports), Frame(reports=reports)]


def bad_reports(source: random.Random, live: str) -> list[Frame | bytes]:
    """Reports on live work that say nothing that could be true of it."""
    completions = [
        {"execution_id": live, "check_updates": [update("no-such-check")]},
        {"execution_id": live, "stage_state": unknown_enum(source)},
        {"execution_id": live, "details": struct({"x": float("nan")})},
        {"execution_id": wrong_id(source)},
    ]
    progress: list[dict[str, Any]] = [
        {"execution_id": live, "progress_percent": source.choice([-1, 101, 1 << 30])},
        {"execution_id": wrong_id(source)},
        {},
    ]
    reports = [service_pb2.RunnerReport(ticket=1), service_pb2.RunnerReport()]
    reports += [service_pb2.RunnerReport(ticket=2 + n, completion=each) for n, each in enumerate(completions)]
    reports += [service_pb2.RunnerReport(ticket=20 + n, progress=each) for n, each in enumerate(progress)]
    source.shuffle(reports)
    return [hello(source), Frame(reports=reports)]


def after_draining(source: random.Random, live: str) -> list[Frame | bytes]:
    """Runners that go on talking after their farewell."""
    report = service_pb2.RunnerReport(ticket=1, completion={"execution_id": an_id(source)})
    late = Frame(reports=[report], draining=True)
    return [hello(source), Frame(draining=True), late, hello(source), late]


def too_large(source: random.Random, live: str) -> list[Frame | bytes]:
    """Frames above every limit."""
    huge = Frame(returned=[service_pb2.ReturnedExecution(execution_id=live, reason="x" * (70 << 20))])
    return [hello(source), huge]


KINDS: tuple[Draw, ...] = (
    broken_bytes,
    no_hello,
    bad_hello,
    hello_twice,
    held_by_others,
    work_of_others,
    bad_tickets,
    bad_reports,
    after_draining,
)
