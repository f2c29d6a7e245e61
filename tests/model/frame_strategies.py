"""Hypothesis strategies for the frames of runner streams."""

from __future__ import annotations

from itertools import chain

from hypothesis import strategies as st

from tests.model.strategies import (
    answers,
    executions,
    ids,
    int32s,
    leases,
    mode_tuples,
    reported_progress,
    string_maps,
    texts,
    versions,
)
from turboci.frames import Cancellation, OrchestratorFrame, Report, Returned, RunnerFrame, RunnerHello
from turboci.runners import RunnerRegistration
from turboci.states import ExecutionMode

runner_hellos = st.builds(
    RunnerHello,
    registration=st.builds(
        RunnerRegistration,
        runner_id=ids,
        runner_type=ids,
        address=st.just(""),
        supported_modes=mode_tuples,
        max_concurrent=int32s,
        ttl=versions,
        metadata=string_maps,
        process_uid=ids,
    ),
    held=st.lists(ids, max_size=2).map(tuple),
)
runner_frames = st.builds(
    RunnerFrame,
    hello=st.none() | runner_hellos,
    accepted=st.lists(ids, max_size=2).map(tuple),
    returned=st.lists(st.builds(Returned, execution_id=ids, reason=texts, begun=st.booleans()), max_size=2).map(tuple),
    reports=st.lists(
        st.builds(Report, ticket=versions, execution_id=ids, content=answers | reported_progress), max_size=2
    ).map(tuple),
    draining=st.booleans(),
)
orchestrator_frames = st.builds(
    OrchestratorFrame,
    lease=st.none() | leases,
    executions=st.tuples(
        st.lists(executions(ExecutionMode.SYNC), max_size=1), st.lists(executions(ExecutionMode.ASYNC), max_size=1)
    ).map(lambda by_mode: tuple(chain.from_iterable(by_mode))),
    cancellations=st.lists(st.builds(Cancellation, execution_id=ids, reason=texts), max_size=2).map(tuple),
    acknowledged=st.lists(versions, max_size=2).map(tuple),
)
