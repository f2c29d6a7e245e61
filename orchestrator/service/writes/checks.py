"""Writes to checks."""

from __future__ import annotations

from orchestrator.service import cancellation, completion, finalizing
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.service.writes import groups
from orchestrator.service.writes.creation import Creation
from orchestrator.service.writes.versions import require_version
from orchestrator.storage.tables import assignments, checks, edges, results
from orchestrator.storage.tables.attempts import AttemptRow
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.edges import CHECK
from orchestrator.storage.tables.results import NewResult
from turboci.dependencies import DependencyGroup, Resolution
from turboci.errors import InvalidState
from turboci.nodes import STAGE_ATTEMPT
from turboci.states import CHECK_MOVES, CheckState, Outcome, require_move
from turboci.wire import structs
from turboci.writes import CheckResultWrite, CheckWrite


def write_check(created: Creation, write: CheckWrite, speaker: AttemptRow | None, field: str) -> None:
    """Create a check, or change it.

    Raises:
        InvalidState: A field may not change any more, or the state goes backwards.
        ConcurrentModification: The check has another version than expected.
    """
    if write.id in created.checks or (CHECK, write.id) in created.known.names:
        _write_existing(created, write, speaker, field)
        return
    if write.expected_version is not None:
        require_version(f"check {write.id!r}", 0, write.expected_version)
    uow, plan = created.uow, created.plan
    row = created.check(write)
    if plan.cancelled_us is not None and row.id not in uow.spared_checks:
        created.revise(CHECK, row.id)
        cause = plan.cancel_reason or "the plan was cancelled"
        finalizing.end_check_for(uow, row, Outcome.CANCELLED, cause)
    elif write.result is not None or not _is_so(row, write.state):
        created.revise(CHECK, row.id)
        _put_result(uow, row, write, speaker)
        _move(uow, row, write.state)


def _write_existing(created: Creation, write: CheckWrite, speaker: AttemptRow | None, field: str) -> None:
    uow = created.uow
    created.revise(CHECK, write.id)
    row = checks.require(uow.session, created.plan.key, write.id)
    cancellation.end_doomed_check(uow, row)
    if _changes(uow, row, write, speaker):
        require_version(f"check {row.id!r}", row.version, write.expected_version)
        _edit(created, row, write, field)
        _put_result(uow, row, write, speaker)
        _move(uow, row, write.state)


def _changes(uow: UnitOfWork, row: CheckRow, write: CheckWrite, speaker: AttemptRow | None) -> bool:
    """Return whether the write says anything that is not so already."""
    if write.state is not None and write.state not in (row.state, row.written_state):
        return True
    if write.kind is not None and write.kind != row.kind:
        return True
    if write.external is not None and write.external != bool(row.external):
        return True
    if write.options and _new_options(row, write) != row.options:
        return True
    if write.dependencies is not None and not write.dependencies.same_as(_group(uow, row)):
        return True
    return write.result is not None and not _same_result(uow, row, write.result, write.state, speaker)


def _edit(created: Creation, row: CheckRow, write: CheckWrite, field: str) -> None:
    uow = created.uow
    if write.kind is not None and write.kind != row.kind:
        _require_planning(row, "kind", field)
        row.kind = write.kind
    if write.external is not None and write.external != bool(row.external):
        _require_open(row, "external", field)
        row.external = int(write.external)
    if write.options:
        options = _new_options(row, write)
        if options != row.options:
            _require_planning(row, "options", field)
            completion.require_payload(uow, f"check {row.id!r}", len(options), f"{field}.options")
            row.options = options
    if write.dependencies is not None and not write.dependencies.same_as(_group(uow, row)):
        _require_planning(row, "dependencies", field)
        groups.replace(uow, created.known, CHECK, row, write.dependencies)
        uow.rewired.add((CHECK, row.id))
    if write.state is not None and write.state >= row.state:
        # A state further back is the one last written, or `_move` refuses it.
        row.written_state = write.state
    checks.edit(uow.session, row, uow.now_us)
    uow.touched(row.plan)


def _require_planning(row: CheckRow, name: str, field: str) -> None:
    if row.state != CheckState.PLANNING:
        raise InvalidState(
            f"check {row.id!r}",
            f"cannot change {name} in state {CheckState(row.state).name}",
            hint=f"{name} may change while the check is PLANNING",
            field=f"{field}.{name}",
        )


def _require_open(row: CheckRow, name: str, field: str) -> None:
    if row.state == CheckState.FINAL:
        raise InvalidState(
            f"check {row.id!r}",
            f"cannot change {name} in state FINAL",
            hint="FINAL never changes",
            field=f"{field}.{name}",
        )


def _new_options(row: CheckRow, write: CheckWrite) -> bytes:
    """Return the options with those of the write; the stored bytes where nothing differs."""
    stored = structs.decode(row.options)
    given = dict(write.options or {})
    if all(key in stored and stored[key] == value for key, value in given.items()):
        return row.options
    return structs.encode({**stored, **given})


def _group(uow: UnitOfWork, row: CheckRow) -> DependencyGroup:
    return edges.group_of(uow.session, CHECK, row.key, row.group)


def _owner(result: CheckResultWrite, speaker: AttemptRow | None, uow: UnitOfWork) -> tuple[str, str]:
    if speaker is not None:
        return STAGE_ATTEMPT, f"{uow.stage_id(speaker.stage)}:{speaker.idx}"
    return result.owner_type or "client", result.owner_id


def _same_result(
    uow: UnitOfWork, row: CheckRow, result: CheckResultWrite, state: CheckState | None, speaker: AttemptRow | None
) -> bool:
    owner_type, owner_id = _owner(result, speaker, uow)
    known = results.of_owner(uow.session, row.key, owner_type, owner_id)
    if known is None:
        return False
    finalize = result.finalize or state is CheckState.FINAL
    return (
        known.failure == result.failure
        and (known.finalized_us is not None or not finalize)
        and structs.decode(known.data) == dict(result.data)
    )


def _put_result(uow: UnitOfWork, row: CheckRow, write: CheckWrite, speaker: AttemptRow | None) -> None:
    if write.result is None or _same_result(uow, row, write.result, write.state, speaker):
        return
    _require_open_for_results(uow, row, write, speaker)
    owner_type, owner_id = _owner(write.result, speaker, uow)
    result = NewResult(
        owner_type,
        owner_id,
        structs.encode(write.result.data),
        write.result.failure,
        finalized=write.result.finalize or write.state is CheckState.FINAL,
        attempt=speaker.key if speaker else None,
    )
    results.put(uow.session, row.key, result, uow.now_us)


def _require_open_for_results(uow: UnitOfWork, row: CheckRow, write: CheckWrite, speaker: AttemptRow | None) -> None:
    subject = f"check {row.id!r}"
    if row.state == CheckState.FINAL:
        raise InvalidState(subject, "takes no result in state FINAL", hint="FINAL never changes", field="result")
    locks = write.state is not None and write.state > CheckState.PLANNING
    if row.state == CheckState.PLANNING and not locks and not _is_assigned(uow, row, speaker):
        raise InvalidState(
            subject,
            "takes no result in state PLANNING",
            hint="move it to PLANNED first, or in the same write",
            field="result",
        )


def _is_assigned(uow: UnitOfWork, row: CheckRow, speaker: AttemptRow | None) -> bool:
    """Return whether the attempt that speaks is one of a stage that answers the check."""
    if speaker is None:
        return False
    return any(stage == speaker.stage for stage, _ in assignments.stages_of(uow.session, row.plan, row.id))


def _is_so(row: CheckRow, wanted: CheckState | None) -> bool:
    """Return whether a check is in a state, or was before the orchestrator moved it on."""
    return wanted is None or wanted == row.state or (wanted == row.written_state and wanted < row.state)


def _move(uow: UnitOfWork, row: CheckRow, wanted: CheckState | None) -> None:
    if wanted is None or _is_so(row, wanted):
        return
    old = CheckState(row.state)
    require_move(f"check {row.id!r}", old, wanted, CHECK_MOVES)
    if wanted is CheckState.FINAL:
        finalizing.end_check(uow, row)
        return
    if wanted is CheckState.WAITING and row.group.resolution is not Resolution.SATISFIED:
        raise InvalidState(
            f"check {row.id!r}",
            f"cannot go from {old.name} to WAITING",
            hint="its dependencies are not satisfied",
            field="state",
        )
    if checks.move(uow.session, row.key, old, wanted, uow.now_us):
        uow.moved(row.plan, CHECK, row.id, old, wanted)
        row.state = wanted
        uow.written_checks[row.key] = (row.plan, row.id)
        uow.rewired.add((CHECK, row.id))
