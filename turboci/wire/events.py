"""Events, and which of them a watcher wants."""

from __future__ import annotations

from turboci.errors import InvalidArgument
from turboci.events import Bookmark, CheckChanged, Event, EventFilter, PlanCompleted, ProgressReported, StageChanged
from turboci.v1 import service_pb2
from turboci.wire import enums, times
from turboci.wire.attempts import progress_entry, progress_entry_message
from turboci.wire.nodes import check, check_message, stage, stage_message
from turboci.wire.paths import each, inside


def event(message: service_pb2.WorkPlanEvent) -> Event:
    """Return one change of a plan.

    Raises:
        InvalidArgument: It is of a kind that is not known here, or a value is out of range or not listed.
    """
    match message.WhichOneof("event"):
        case "check_event":
            return _check_changed(message)
        case "stage_event":
            return _stage_changed(message)
        case "completed_event":
            done = message.completed_event
            return PlanCompleted(
                sequence=message.sequence,
                at=times.moment(message.timestamp, "timestamp"),
                checks_completed=done.checks_completed,
                stages_completed=done.stages_completed,
                has_failures=done.has_failures,
            )
        case "progress_event":
            return _progress_reported(message)
        case "bookmark_event":
            return Bookmark(sequence=message.sequence, at=times.moment(message.timestamp, "timestamp"))
    raise InvalidArgument(
        f"event {message.sequence}", "is of an unknown kind", hint="update this client", field="event"
    )


def _check_changed(message: service_pb2.WorkPlanEvent) -> CheckChanged:
    change = message.check_event
    return CheckChanged(
        sequence=message.sequence,
        at=times.moment(message.timestamp, "timestamp"),
        check_id=change.check_id,
        old_state=enums.check_state_or_none(change.old_state, "check_event.old_state"),
        new_state=enums.check_state(change.new_state, "check_event.new_state"),
        outcome=enums.outcome_or_none(change.outcome, "check_event.outcome"),
        cause=change.cause or None,
        check=inside(check, change.check, "check_event.check") if change.HasField("check") else None,
    )


def _stage_changed(message: service_pb2.WorkPlanEvent) -> StageChanged:
    change = message.stage_event
    return StageChanged(
        sequence=message.sequence,
        at=times.moment(message.timestamp, "timestamp"),
        stage_id=change.stage_id,
        old_state=enums.stage_state_or_none(change.old_state, "stage_event.old_state"),
        new_state=enums.stage_state(change.new_state, "stage_event.new_state"),
        outcome=enums.outcome_or_none(change.outcome, "stage_event.outcome"),
        cause=change.cause or None,
        stage=inside(stage, change.stage, "stage_event.stage") if change.HasField("stage") else None,
        attempt=change.attempt_idx or None,
        attempt_state=enums.attempt_state_or_none(change.attempt_state, "stage_event.attempt_state"),
    )


def _progress_reported(message: service_pb2.WorkPlanEvent) -> ProgressReported:
    report = message.progress_event
    return ProgressReported(
        sequence=message.sequence,
        at=times.moment(message.timestamp, "timestamp"),
        stage_id=report.stage_id,
        attempt=report.attempt_idx,
        progress=inside(progress_entry, report.progress, "progress_event.progress"),
    )


def event_message(event: Event) -> service_pb2.WorkPlanEvent:
    """Return the message for one change of a plan."""
    message = service_pb2.WorkPlanEvent(sequence=event.sequence, timestamp=times.timestamp(event.at))
    match event:
        case CheckChanged():
            message.check_event.CopyFrom(_check_event(event))
        case StageChanged():
            message.stage_event.CopyFrom(_stage_event(event))
        case PlanCompleted():
            message.completed_event.CopyFrom(
                service_pb2.WorkPlanCompletedEvent(
                    checks_completed=event.checks_completed,
                    stages_completed=event.stages_completed,
                    has_failures=event.has_failures,
                )
            )
        case ProgressReported():
            message.progress_event.CopyFrom(
                service_pb2.ProgressEvent(
                    stage_id=event.stage_id,
                    attempt_idx=event.attempt,
                    progress=progress_entry_message(event.progress),
                )
            )
        case Bookmark():
            message.bookmark_event.SetInParent()
    return message


def _check_event(event: CheckChanged) -> service_pb2.CheckEvent:
    return service_pb2.CheckEvent(
        check_id=event.check_id,
        old_state=enums.CHECK_STATES[event.old_state] if event.old_state else None,
        new_state=enums.CHECK_STATES[event.new_state],
        outcome=enums.OUTCOMES[event.outcome] if event.outcome else None,
        cause=event.cause,
        check=check_message(event.check) if event.check else None,
    )


def _stage_event(event: StageChanged) -> service_pb2.StageEvent:
    return service_pb2.StageEvent(
        stage_id=event.stage_id,
        old_state=enums.STAGE_STATES[event.old_state] if event.old_state else None,
        new_state=enums.STAGE_STATES[event.new_state],
        outcome=enums.OUTCOMES[event.outcome] if event.outcome else None,
        cause=event.cause,
        stage=stage_message(event.stage) if event.stage else None,
        attempt_idx=event.attempt,
        attempt_state=enums.ATTEMPT_STATES[event.attempt_state] if event.attempt_state else None,
    )


def event_filter(message: service_pb2.WatchWorkPlanRequest) -> EventFilter:
    """Return which events a watcher wants.

    Raises:
        InvalidArgument: A state is not listed.
    """
    neither = not message.include_checks and not message.include_stages
    return EventFilter(
        checks=message.include_checks or neither,
        stages=message.include_stages or neither,
        check_states=frozenset(
            each(lambda number: enums.check_state(number, ""), message.check_state_filter, "check_state_filter")
        ),
        stage_states=frozenset(
            each(lambda number: enums.stage_state(number, ""), message.stage_state_filter, "stage_state_filter")
        ),
        check_ids=frozenset(message.check_id_filter),
        stage_ids=frozenset(message.stage_id_filter),
        include_nodes=message.include_nodes,
        bookmarks=message.bookmarks,
        progress=message.include_progress,
    )


def watch_request(
    work_plan_id: str, after_sequence: int | None = None, only: EventFilter | None = None
) -> service_pb2.WatchWorkPlanRequest:
    """Return the request that watches a plan.

    The contract cannot say "neither checks nor stages": the server then sends both, and `EventFilter.passes` has to
    be asked again on arrival.
    """
    only = only or EventFilter()
    return service_pb2.WatchWorkPlanRequest(
        work_plan_id=work_plan_id,
        include_checks=only.checks,
        include_stages=only.stages,
        check_state_filter=[enums.CHECK_STATES[state] for state in sorted(only.check_states)],
        stage_state_filter=[enums.STAGE_STATES[state] for state in sorted(only.stage_states)],
        check_id_filter=sorted(only.check_ids),
        stage_id_filter=sorted(only.stage_ids),
        after_sequence=after_sequence,
        include_nodes=only.include_nodes,
        bookmarks=only.bookmarks,
        include_progress=only.progress,
    )
