"""Hypothesis strategies for every value of the model that travels."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from turboci.dependencies import Dependency, DependencyGroup, NodeKind, NodeRef, Predicate, When
from turboci.events import Bookmark, CheckChanged, EventFilter, PlanCompleted, ProgressReported, StageChanged
from turboci.executions import Acceptance, Answer, AssignedCheck, CheckUpdate, Execution, Pong
from turboci.ids import MAX_ID_BYTES
from turboci.logs import LogPiece
from turboci.nodes import Assignment, Attempt, Check, CheckResult, Nodes, ProgressEntry, Stage, WorkPlan
from turboci.payloads import JSON, MAX_INTEGER
from turboci.plans import DeletedPlans, PlanPage
from turboci.queries import NodeQuery
from turboci.reasons import Explanation, Reason, ReasonKind, StoppingAttempt
from turboci.retry import MAX_SECONDS, RetryOn, RetryPolicy
from turboci.runners import Lease, RunnerInfo, RunnerRegistration
from turboci.states import (
    AttemptState,
    CheckState,
    ConcludedReason,
    ExecutionMode,
    Outcome,
    PlanStatus,
    StageState,
)
from turboci.writes import AttemptWrite, CheckResultWrite, CheckWrite, NodeWrites, StageWrite

texts = st.text(max_size=20)
names = st.text(min_size=1, max_size=20)
ids = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp")), min_size=1, max_size=20
).filter(lambda text: len(text.encode()) <= MAX_ID_BYTES and all(unicodedata.category(c) != "Cn" for c in text))
int32s = st.integers(-(2**31), 2**31 - 1)
naturals = st.integers(0, 2**31 - 1)
versions = st.integers(0, 2**63 - 1)
moments = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))
lengths = st.integers(0, int(MAX_SECONDS) * 1_000).map(lambda milliseconds: milliseconds / 1_000)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
jsons: st.SearchStrategy[JSON] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
payloads: st.SearchStrategy[Mapping[str, JSON]] = st.dictionaries(texts, jsons, max_size=3)
string_maps = st.dictionaries(texts, texts, max_size=3)
failures = st.none() | texts

refs = st.builds(NodeRef, st.sampled_from(NodeKind), ids)
dependencies = st.builds(Dependency, refs, st.sampled_from(When))


@st.composite
def _groups(draw: st.DrawFn) -> DependencyGroup:
    edges = tuple(draw(st.lists(dependencies, max_size=4)))
    predicate = draw(st.sampled_from(Predicate))
    if predicate is not Predicate.AT_LEAST:
        return DependencyGroup(predicate, edges)
    return DependencyGroup(predicate, edges, draw(st.integers(1, max(1, len(set(edges))))))


groups = _groups()
retry_policies = st.builds(
    RetryPolicy,
    max_attempts=st.integers(1, 1_000_000),
    initial_backoff=lengths,
    multiplier=st.floats(1, 1_000_000),
    max_backoff=lengths,
    retry_on=st.sampled_from([RetryOn.LOST, RetryOn.FAILED, RetryOn.LOST | RetryOn.FAILED]),
)

work_plans = st.builds(
    WorkPlan,
    id=ids,
    metadata=string_maps,
    status=st.sampled_from(PlanStatus),
    held=st.booleans(),
    version=versions,
    created_at=st.none() | moments,
    updated_at=st.none() | moments,
    finished_at=st.none() | moments,
)
plan_pages = st.builds(PlanPage, plans=st.lists(work_plans, max_size=2).map(tuple), next_page_token=texts)
_counts = st.integers(0, 2**63 - 1)
deleted_plans = st.builds(DeletedPlans, plans=_counts, checks=_counts, stages=_counts)
check_results = st.builds(
    CheckResult,
    owner_type=texts,
    owner_id=texts,
    data=payloads,
    failure=failures,
    id=versions,
    created_at=st.none() | moments,
    finalized_at=st.none() | moments,
)
progress_entries = st.builds(
    ProgressEntry,
    message=texts,
    percent=st.none() | st.integers(0, 100),
    details=payloads,
    timestamp=st.none() | moments,
)
attempts = st.builds(
    Attempt,
    idx=naturals,
    state=st.sampled_from(AttemptState),
    failure=failures,
    process_uid=texts,
    details=payloads,
    progress=st.lists(progress_entries, max_size=2).map(tuple),
    created_at=st.none() | moments,
    updated_at=st.none() | moments,
)
assignments = st.builds(Assignment, ids, st.sampled_from(CheckState))
checks = st.builds(
    Check,
    id=ids,
    work_plan_id=ids,
    state=st.sampled_from(CheckState),
    kind=texts,
    options=payloads,
    results=st.lists(check_results, max_size=2).map(tuple),
    dependencies=groups,
    external=st.booleans(),
    outcome=st.none() | st.sampled_from(Outcome),
    cause=st.none() | names,
    version=versions,
    created_at=st.none() | moments,
    updated_at=st.none() | moments,
)
stages = st.builds(
    Stage,
    id=ids,
    work_plan_id=ids,
    state=st.sampled_from(StageState),
    runner_type=texts,
    execution_mode=st.sampled_from(ExecutionMode),
    args=payloads,
    assignments=st.lists(assignments, max_size=2).map(tuple),
    attempts=st.lists(attempts, max_size=2).map(tuple),
    dependencies=groups,
    outcome=st.none() | st.sampled_from(Outcome),
    concluded_reason=st.none() | st.sampled_from(ConcludedReason),
    cause=st.none() | names,
    retry=retry_policies,
    timeout=st.none() | lengths,
    heartbeat_timeout=st.none() | lengths,
    no_runner_timeout=st.none() | lengths,
    priority=int32s,
    parent_stage_id=st.none() | ids,
    always=st.booleans(),
    version=versions,
    created_at=st.none() | moments,
    updated_at=st.none() | moments,
)
nodes = st.builds(
    Nodes,
    checks=st.lists(checks, max_size=2).map(tuple),
    stages=st.lists(stages, max_size=2).map(tuple),
    sequence=versions,
)
pages = st.builds(replace, nodes, next_page_token=texts)
node_queries = st.builds(
    NodeQuery,
    check_ids=st.lists(ids, max_size=2).map(tuple),
    stage_ids=st.lists(ids, max_size=2).map(tuple),
    check_states=st.lists(st.sampled_from(CheckState), max_size=2).map(tuple),
    stage_states=st.lists(st.sampled_from(StageState), max_size=2).map(tuple),
    include_checks=st.booleans(),
    include_stages=st.just(True),
    page_size=naturals,
    page_token=texts,
)

check_result_writes = st.builds(
    CheckResultWrite, owner_type=texts, owner_id=texts, data=payloads, finalize=st.booleans(), failure=failures
)
check_writes = st.builds(
    CheckWrite,
    id=ids,
    state=st.none() | st.sampled_from(CheckState),
    kind=st.none() | names,
    options=st.none() | payloads,
    dependencies=st.none() | groups,
    result=st.none() | check_result_writes,
    external=st.none() | st.booleans(),
    expected_version=st.none() | versions,
)
attempt_writes = st.builds(
    AttemptWrite,
    state=st.none() | st.sampled_from(AttemptState),
    process_uid=st.none() | names,
    details=st.none() | payloads,
    progress=st.none() | progress_entries,
    failure=failures,
)
stage_writes = st.builds(
    StageWrite,
    id=ids,
    state=st.none() | st.sampled_from(StageState),
    runner_type=st.none() | names,
    execution_mode=st.none() | st.sampled_from(ExecutionMode),
    args=st.none() | payloads,
    assignments=st.lists(assignments, max_size=2).map(tuple),
    dependencies=st.none() | groups,
    current_attempt=st.none() | attempt_writes,
    retry=st.none() | retry_policies,
    timeout=st.none() | lengths,
    heartbeat_timeout=st.none() | lengths,
    no_runner_timeout=st.none() | lengths,
    priority=st.none() | int32s,
    parent_stage_id=st.none() | ids,
    always=st.none() | st.booleans(),
    expected_version=st.none() | versions,
)
node_writes = st.builds(
    NodeWrites,
    checks=st.lists(check_writes, max_size=2).map(tuple),
    stages=st.lists(stage_writes, max_size=2).map(tuple),
    execution_id=st.none() | names,
)

assigned_checks = st.builds(AssignedCheck, check_id=ids, kind=texts, options=payloads)


def executions(mode: ExecutionMode) -> st.SearchStrategy[Execution]:
    """Return executions of one mode; only ASYNC ones have a callback address."""
    return st.builds(
        Execution,
        execution_id=ids,
        work_plan_id=ids,
        stage_id=ids,
        attempt_idx=naturals,
        mode=st.just(mode),
        args=payloads,
        checks=st.lists(assigned_checks, max_size=3, unique_by=lambda check: check.check_id).map(tuple),
        deadline=st.none() | moments,
        callback_address=texts if mode is ExecutionMode.ASYNC else st.just(""),
    )


check_updates = st.builds(
    CheckUpdate,
    check_id=ids,
    state=st.none() | st.sampled_from(CheckState),
    data=payloads,
    finalize=st.booleans(),
    failure=failures,
)
answers = st.builds(
    Answer,
    stage_state=st.none() | st.sampled_from(StageState),
    check_updates=st.lists(check_updates, max_size=2).map(tuple),
    failure=failures,
    details=payloads,
)
acceptances = st.builds(
    Acceptance, accepted=st.booleans(), estimated_completion=st.none() | moments, runner_execution_id=texts
)
mode_tuples = st.lists(st.sampled_from(ExecutionMode), max_size=2).map(tuple)
pongs = st.builds(Pong, runner_type=texts, supported_modes=mode_tuples, available_capacity=naturals)
reported_progress = st.builds(
    ProgressEntry,
    message=texts,
    percent=st.none() | st.integers(1, 100),
    details=payloads,
    timestamp=st.none(),
    log=texts,
)

log_pieces = st.builds(LogPiece, attempt=naturals, start=versions, text=texts, at=moments)
events = st.one_of(
    st.builds(
        CheckChanged,
        sequence=versions,
        at=moments,
        check_id=ids,
        old_state=st.none() | st.sampled_from(CheckState),
        new_state=st.sampled_from(CheckState),
        outcome=st.none() | st.sampled_from(Outcome),
        cause=st.none() | names,
        check=st.none() | checks,
    ),
    st.builds(
        StageChanged,
        sequence=versions,
        at=moments,
        stage_id=ids,
        old_state=st.none() | st.sampled_from(StageState),
        new_state=st.sampled_from(StageState),
        outcome=st.none() | st.sampled_from(Outcome),
        cause=st.none() | names,
        stage=st.none() | stages,
        attempt=st.none() | st.integers(1, 2**31 - 1),
        attempt_state=st.none() | st.sampled_from(AttemptState),
    ),
    st.builds(
        PlanCompleted,
        sequence=versions,
        at=moments,
        checks_completed=naturals,
        stages_completed=naturals,
        has_failures=st.booleans(),
    ),
    st.builds(
        ProgressReported, sequence=versions, at=moments, stage_id=ids, attempt=naturals, progress=progress_entries
    ),
    st.builds(Bookmark, sequence=versions, at=moments),
)
event_filters = st.builds(
    EventFilter,
    checks=st.booleans(),
    stages=st.booleans(),
    check_states=st.frozensets(st.sampled_from(CheckState), max_size=2),
    stage_states=st.frozensets(st.sampled_from(StageState), max_size=2),
    check_ids=st.frozensets(ids, max_size=2),
    stage_ids=st.frozensets(ids, max_size=2),
    include_nodes=st.booleans(),
    bookmarks=st.booleans(),
    progress=st.booleans(),
).filter(lambda only: only.checks or only.stages)

registrations = st.builds(
    RunnerRegistration,
    runner_id=ids,
    runner_type=ids,
    address=texts,
    supported_modes=mode_tuples,
    max_concurrent=int32s,
    ttl=versions,
    metadata=string_maps,
    process_uid=texts,
)
leases = st.builds(Lease, registration_id=texts, expires_at=moments)
runner_infos = st.builds(
    RunnerInfo,
    runner_id=ids,
    registration_id=texts,
    runner_type=ids,
    address=texts,
    supported_modes=mode_tuples,
    max_concurrent=int32s,
    current_load=naturals,
    registered_at=st.none() | moments,
    last_heartbeat=st.none() | moments,
    expires_at=st.none() | moments,
    metadata=string_maps,
)
reasons = st.builds(Reason, refs, st.sampled_from(ReasonKind), texts, st.lists(dependencies, max_size=2).map(tuple))
stopping_attempts = st.builds(StoppingAttempt, stage_id=ids, attempt=naturals, runner_id=ids, asked_at=moments)
explanations = st.builds(
    Explanation,
    st.lists(reasons, max_size=2).map(tuple),
    st.booleans(),
    st.lists(stopping_attempts, max_size=2).map(tuple),
)
