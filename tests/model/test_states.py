"""The state tables against the rules of the design and the numbers of the contract."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import pytest
from google.protobuf.descriptor import EnumDescriptor

from turboci.errors import InvalidArgument, InvalidState
from turboci.states import (
    ATTEMPT_MOVES,
    CHECK_MOVES,
    STAGE_MOVES,
    AttemptState,
    CheckState,
    StageState,
    require_move,
)
from turboci.v1 import common_pb2, stage_pb2, workplan_pb2
from turboci.wire import enums


def _check_rule(old: CheckState, new: CheckState) -> bool:
    """Any step forward."""
    return new > old


def _stage_rule(old: StageState, new: StageState) -> bool:
    """A step forward; only work that ran can await its group."""
    return new > old and (new is not StageState.AWAITING_GROUP or old is StageState.ATTEMPTING)


def _attempt_rule(old: AttemptState, new: AttemptState) -> bool:
    """A step forward, until it has ended."""
    return new > old and not old.ended


MACHINES: list[tuple[Mapping[Any, frozenset[Any]], Any, Callable[[Any, Any], bool]]] = [
    (CHECK_MOVES, CheckState, _check_rule),
    (STAGE_MOVES, StageState, _stage_rule),
    (ATTEMPT_MOVES, AttemptState, _attempt_rule),
]
PAIRS = [
    pytest.param(moves, old, new, rule(old, new), id=f"{states.__name__}-{old.name}-{new.name}")
    for moves, states, rule in MACHINES
    for old, new in product(states, states)
]


@pytest.mark.parametrize(("moves", "old", "new", "allowed"), PAIRS)
def test_move_is_accepted_as_designed(moves: Any, old: Any, new: Any, allowed: bool) -> None:
    """Of all pairs of states exactly the designed moves, and staying, are accepted; others name both states."""
    if allowed or new is old:
        require_move("stage 'test'", old, new, moves)
    else:
        with pytest.raises(InvalidState, match=f"stage 'test' cannot go from {old.name} to {new.name}; "):
            require_move("stage 'test'", old, new, moves)


def test_refused_move_says_what_is_possible() -> None:
    """The message of a refused move lists the moves that are possible, or says that there are none."""
    with pytest.raises(InvalidState, match="from PLANNED it can go to ATTEMPTING, FINAL"):
        require_move("stage 's'", StageState.PLANNED, StageState.AWAITING_GROUP, STAGE_MOVES)
    with pytest.raises(InvalidState, match="FINAL is the end"):
        require_move("check 'c'", CheckState.FINAL, CheckState.PLANNED, CHECK_MOVES)


READERS: dict[str, tuple[Mapping[Any, int], Callable[[int, str], Any], EnumDescriptor]] = {
    "CHECK_STATE": (enums.CHECK_STATES, enums.check_state, common_pb2.CheckState.DESCRIPTOR),
    "STAGE_STATE": (enums.STAGE_STATES, enums.stage_state, common_pb2.StageState.DESCRIPTOR),
    "ATTEMPT_STATE": (enums.ATTEMPT_STATES, enums.attempt_state, common_pb2.AttemptState.DESCRIPTOR),
    "EXECUTION_MODE": (enums.EXECUTION_MODES, enums.execution_mode, common_pb2.ExecutionMode.DESCRIPTOR),
    "OUTCOME": (enums.OUTCOMES, enums.outcome_or_none, common_pb2.Outcome.DESCRIPTOR),
    "CONCLUDED_REASON": (
        enums.CONCLUDED_REASONS,
        enums.concluded_reason_or_none,
        stage_pb2.ConcludedReason.DESCRIPTOR,
    ),
    "PLAN_STATUS": (enums.PLAN_STATUSES, enums.plan_status, workplan_pb2.PlanStatus.DESCRIPTOR),
    "NODE_TYPE": (enums.NODE_KINDS, enums.node_kind, common_pb2.NodeType.DESCRIPTOR),
    "DEPENDENCY_CONDITION": (enums.WHENS, enums.when, common_pb2.DependencyCondition.DESCRIPTOR),
    "RETRY_CAUSE": (enums.RETRY_CAUSES, enums.retry_cause, common_pb2.RetryCause.DESCRIPTOR),
}


@pytest.mark.parametrize("prefix", READERS)
def test_enum_is_that_of_the_contract(prefix: str) -> None:
    """Every enum of the model has the names and numbers of the contract, zero excepted."""
    table, read, descriptor = READERS[prefix]
    published = {value.name.removeprefix(f"{prefix}_"): value.number for value in descriptor.values if value.number}
    assert {member.name: int(number) for member, number in table.items()} == published
    members: type[enum.Enum] = type(next(iter(table)))
    assert set(members) == set(table)
    assert [read(number, "f") for number in published.values()] == list(table)
    if issubclass(members, enum.IntEnum):
        assert {member.name: member.value for member in members} == published


@pytest.mark.parametrize("prefix", READERS)
def test_unlisted_number_is_refused(prefix: str) -> None:
    """A number that the contract does not list is refused with field, value and what is allowed."""
    _, read, descriptor = READERS[prefix]
    for number in (-1, max(value.number for value in descriptor.values) + 1, 2**31 - 1):
        with pytest.raises(InvalidArgument, match=f"stages_field is {number}; allowed: ") as caught:
            read(number, "stages_field")
        assert caught.value.field == "stages_field"


@pytest.mark.parametrize("read", [enums.check_state, enums.stage_state, enums.attempt_state, enums.retry_cause])
def test_needed_number_must_be_set(read: Callable[[int, str], object]) -> None:
    """Where a state must be said, leaving it out is refused."""
    with pytest.raises(InvalidArgument, match="state is unset"):
        read(0, "state")
