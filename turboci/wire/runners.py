"""Runners and their registrations."""

from __future__ import annotations

from turboci.ids import require_id
from turboci.runners import Lease, RunnerInfo, RunnerRegistration
from turboci.v1 import service_pb2
from turboci.wire import enums, times
from turboci.wire.paths import each, encoded


def registration(message: service_pb2.RegisterStageRunnerRequest) -> RunnerRegistration:
    """Return what a runner says when it registers.

    Raises:
        InvalidArgument: An id is none, or a mode is not listed.
    """
    return RunnerRegistration(
        runner_id=require_id(message.runner_id, "runner", field="runner_id"),
        runner_type=require_id(message.runner_type, "runner type", field="runner_type"),
        address=message.address,
        supported_modes=each(lambda mode: enums.execution_mode(mode, ""), message.supported_modes, "supported_modes"),
        max_concurrent=message.max_concurrent,
        ttl=message.ttl_seconds,
        metadata=dict(message.metadata),
        process_uid=message.process_uid,
    )


def registration_message(registration: RunnerRegistration) -> service_pb2.RegisterStageRunnerRequest:
    """Return the request that registers a runner.

    Raises:
        InvalidArgument: No message can carry a value.
    """
    return encoded(_registration_message, registration, f"runner {registration.runner_id!r}")


def _registration_message(registration: RunnerRegistration) -> service_pb2.RegisterStageRunnerRequest:
    return service_pb2.RegisterStageRunnerRequest(
        runner_id=registration.runner_id,
        runner_type=registration.runner_type,
        address=registration.address,
        supported_modes=[enums.EXECUTION_MODES[mode] for mode in registration.supported_modes],
        max_concurrent=registration.max_concurrent,
        ttl_seconds=registration.ttl,
        metadata=registration.metadata,
        process_uid=registration.process_uid,
    )


def lease(message: service_pb2.RegisterStageRunnerResponse) -> Lease:
    """Return a registration that was granted.

    Raises:
        InvalidArgument: The time is out of range.
    """
    return Lease(registration_id=message.registration_id, expires_at=times.moment(message.expires_at, "expires_at"))


def lease_message(lease: Lease) -> service_pb2.RegisterStageRunnerResponse:
    """Return the message for a registration that was granted."""
    return service_pb2.RegisterStageRunnerResponse(
        registration_id=lease.registration_id, expires_at=times.timestamp(lease.expires_at)
    )


def runner_info(message: service_pb2.StageRunnerInfo) -> RunnerInfo:
    """Return a live registration.

    Raises:
        InvalidArgument: A time is out of range, or a mode is not listed.
    """
    given = message.HasField
    return RunnerInfo(
        runner_id=message.runner_id,
        registration_id=message.registration_id,
        runner_type=message.runner_type,
        address=message.address,
        supported_modes=each(lambda mode: enums.execution_mode(mode, ""), message.supported_modes, "supported_modes"),
        max_concurrent=message.max_concurrent,
        current_load=message.current_load,
        registered_at=times.moment(message.registered_at, "registered_at") if given("registered_at") else None,
        last_heartbeat=times.moment(message.last_heartbeat, "last_heartbeat") if given("last_heartbeat") else None,
        expires_at=times.moment(message.expires_at, "expires_at") if given("expires_at") else None,
        metadata=dict(message.metadata),
    )


def runner_info_message(info: RunnerInfo) -> service_pb2.StageRunnerInfo:
    """Return the message for a live registration."""
    return service_pb2.StageRunnerInfo(
        runner_id=info.runner_id,
        registration_id=info.registration_id,
        runner_type=info.runner_type,
        address=info.address,
        supported_modes=[enums.EXECUTION_MODES[mode] for mode in info.supported_modes],
        max_concurrent=info.max_concurrent,
        current_load=info.current_load,
        registered_at=times.timestamp(info.registered_at),
        last_heartbeat=times.timestamp(info.last_heartbeat),
        expires_at=times.timestamp(info.expires_at),
        metadata=info.metadata,
    )
