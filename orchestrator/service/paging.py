"""Where a page of nodes begins, as an opaque token.

The token names the last node of the page before, the position at which the first page was read, and the query. A page
is read when it is asked for, so nodes of a later page may be newer; the position makes up for that: whoever watches
after it learns of everything that happened since the first page.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import struct
from dataclasses import dataclass
from typing import Final

from turboci.errors import InvalidArgument
from turboci.queries import NodeQuery

_LAYOUT: Final = struct.Struct(">BBQQ16s")
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Place:
    """What a page begins after.

    Attributes:
        kind: `edges.CHECK` or `edges.STAGE`; checks come before stages.
        key: Of the last node of the page before; keys rise in order of creation.
        sequence: The position at which the first page was read.
    """

    kind: int
    key: int
    sequence: int


def token_of(place: Place, work_plan_id: str, query: NodeQuery) -> str:
    """Return the token for the page of a query that begins after `place`."""
    packed = _LAYOUT.pack(_VERSION, place.kind, place.key, place.sequence, _digest(work_plan_id, query))
    return base64.urlsafe_b64encode(packed).decode()


def place_of(token: str, work_plan_id: str, query: NodeQuery) -> Place:
    """Return the place that a token names.

    Raises:
        InvalidArgument: It is none of ours, or belongs to another query.
    """
    try:
        version, kind, key, sequence, digest = _LAYOUT.unpack(base64.b64decode(token, altchars=b"-_", validate=True))
    except (binascii.Error, struct.error, ValueError):
        raise _refused("is none that a query has returned") from None
    if version != _VERSION or key >= 1 << 63 or sequence >= 1 << 63:
        raise _refused("is none that this version returns")
    if digest != _digest(work_plan_id, query):
        raise _refused("belongs to another query")
    return Place(kind, key, sequence)


def _digest(work_plan_id: str, query: NodeQuery) -> bytes:
    """Return what stands for everything that must stay the same from page to page."""
    fixed = (
        work_plan_id,
        sorted({*query.check_ids}),
        sorted({*query.stage_ids}),
        sorted({*query.check_states}),
        sorted({*query.stage_states}),
        query.include_checks,
        query.include_stages,
    )
    return hashlib.blake2b(json.dumps(fixed).encode(), digest_size=16).digest()


def _refused(problem: str) -> InvalidArgument:
    return InvalidArgument(
        "the page token",
        problem,
        hint="send next_page_token of the page before with the same filters, or none for the first page",
        field="page_token",
    )
