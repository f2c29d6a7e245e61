"""Shapes that several requests share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime

from orchestrator.endpoint.limits import Limits
from turboci.dependencies import DependencyGroup, NodeRef
from turboci.errors import InvalidArgument
from turboci.ids import require_id
from turboci.nodes import ProgressEntry
from turboci.retry import MAX_SECONDS


def require_ids(values: Iterable[str], what: str, *, field: str) -> None:
    """Accept ids.

    Raises:
        InvalidArgument: One of them is no id.
    """
    for index, value in enumerate(values):
        require_id(value, what, field=f"{field}[{index}]")


def require_name(value: str | None, what: str, *, field: str) -> None:
    """Accept an id, or nothing.

    Raises:
        InvalidArgument: It is neither.
    """
    if value:
        require_id(value, what, field=field)


def require_nodes(nodes: Iterable[NodeRef]) -> None:
    """Accept references to nodes.

    Raises:
        InvalidArgument: An id is none.
    """
    for node in nodes:
        require_id(node.id, node.kind.value, field=f"{node.kind.value}_ids")


def require_page_size(page_size: int) -> None:
    """Accept how many nodes a page has at most; 0 is no limit.

    Raises:
        InvalidArgument: It is negative.
    """
    if page_size < 0:
        raise InvalidArgument(
            "the query", f"has a page size of {page_size}", hint="0 returns everything", field="page_size"
        )


def require_group(group: DependencyGroup | None, subject: str, *, field: str) -> None:
    """Accept a dependency group; that its targets exist is no matter of shape.

    Raises:
        InvalidArgument: The id of a target is none.
    """
    if group is None:
        return
    for index, edge in enumerate(group.dependencies):
        path = f"{field}.dependencies[{index}].target_id"
        require_id(edge.target.id, f"{subject}: target {edge.target.kind.value}", field=path)


def require_number(value: int, low: int, high: int, subject: str, name: str) -> None:
    """Accept a whole number within bounds.

    Raises:
        InvalidArgument: It is below or above.
    """
    if not low <= value <= high:
        raise InvalidArgument(subject, f"has {name} {value:,}", hint=f"{low:,} to {high:,} is allowed", field=name)


def require_seconds(value: float | None, subject: str, name: str) -> None:
    """Accept a time above zero, or None.

    Raises:
        InvalidArgument: It is zero, negative, not finite or above ten years.
    """
    if value is None:
        return
    if not (math.isfinite(value) and 0 < value <= MAX_SECONDS):
        raise InvalidArgument(
            subject, f"has {name} {value:g} s", hint=f"more than 0 and at most {MAX_SECONDS:,.0f} s are allowed",
            field=name,
        )  # fmt: skip


def require_moment(value: datetime | None, subject: str, name: str) -> None:
    """Accept a point in time after 1970, or None.

    Raises:
        InvalidArgument: It is earlier, or has no time zone.
    """
    if value is None:
        return
    if value.tzinfo is None:
        raise InvalidArgument(
            subject, f"has {name} {value.isoformat()} without a time zone", hint="use UTC", field=name
        )
    if value.timestamp() < 0:
        raise InvalidArgument(subject, f"has {name} {value.isoformat()}", hint="1970 is the earliest year", field=name)


def require_progress(progress: ProgressEntry, subject: str, limits: Limits) -> None:
    """Accept a progress entry.

    Raises:
        InvalidArgument: The percentage is out of range.
        LimitExceeded: A part is too large.
    """
    if progress.percent is not None and not 0 <= progress.percent <= 100:
        raise InvalidArgument(
            subject, f"reports {progress.percent} percent", hint="0 to 100 is allowed", field="progress_percent"
        )
    limits.require_text(progress.message, subject, "message")
    limits.require_payload(progress.details, subject, "details")
