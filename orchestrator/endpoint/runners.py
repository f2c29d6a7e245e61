"""The shape of registrations."""

from __future__ import annotations

from typing import Final

from orchestrator.endpoint.addresses import parse_address
from orchestrator.endpoint.limits import Limits
from orchestrator.endpoint.shapes import require_name, require_number
from turboci.errors import InvalidArgument
from turboci.ids import require_id
from turboci.runners import RunnerRegistration

MAX_TTL: Final = 30 * 86_400
"""Seconds; a runner that is gone for longer than this would still be believed in."""


def require_registration(registration: RunnerRegistration, limits: Limits) -> None:
    """Accept a registration whose address has a host.

    Raises:
        InvalidArgument: An id, the address or a number is wrong.
        LimitExceeded: The metadata are too large.
    """
    require_runner(registration, limits)
    subject = f"runner {registration.runner_id!r}"
    if parse_address(registration.address, subject).is_everywhere:
        raise InvalidArgument(
            subject, f"has the address {registration.address!a}", hint="name the host", field="address"
        )


def require_runner(registration: RunnerRegistration, limits: Limits) -> None:
    """Accept what a registration says besides its address.

    Raises:
        InvalidArgument: An id or a number is wrong.
        LimitExceeded: The metadata are too large.
    """
    require_id(registration.runner_id, "runner", field="runner_id")
    subject = f"runner {registration.runner_id!r}"
    require_id(registration.runner_type, f"{subject}: runner type", field="runner_type")
    require_number(registration.ttl, 0, MAX_TTL, subject, "ttl_seconds")
    require_number(registration.max_concurrent, 0, 2**31 - 1, subject, "max_concurrent")
    require_name(registration.process_uid, f"{subject}: process", field="process_uid")
    limits.require_metadata(registration.metadata, subject)
