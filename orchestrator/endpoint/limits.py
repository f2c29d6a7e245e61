"""How large things may be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from turboci.errors import LimitExceeded
from turboci.payloads import JSON, EncodedPayload


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one request may carry.

    Attributes:
        nodes_per_call: Checks and stages together.
        payload_bytes: Options, args, result data, details and metadata, each; texts too.
    """

    nodes_per_call: int = 100_000
    payload_bytes: int = 8 << 20

    def require_nodes(self, count: int) -> None:
        """Accept so many nodes in one call.

        Raises:
            LimitExceeded: They are too many.
        """
        if count > self.nodes_per_call:
            raise LimitExceeded(
                "the call",
                f"writes {count:,} nodes",
                hint=f"at most {self.nodes_per_call:,} are allowed in one call; write them in several calls",
                field="nodes",
            )

    def require_payload(self, value: Mapping[str, JSON] | None, subject: str, path: str) -> None:
        """Accept a JSON object.

        Raises:
            LimitExceeded: It is too large.
        """
        # Whether it is empty does not matter, and to ask means to look into it.
        if value is not None:
            self._require(payload_size(value), subject, path)

    def require_text(self, value: str | None, subject: str, path: str) -> None:
        """Accept a text for people.

        Raises:
            LimitExceeded: It is too large.
        """
        # A character has four bytes at most, so most texts need not be encoded to be measured.
        if value and len(value) * 4 > self.payload_bytes:
            self._require(len(value.encode()), subject, path)

    def require_metadata(self, value: Mapping[str, str], subject: str) -> None:
        """Accept free text by key.

        Raises:
            LimitExceeded: It is too large.
        """
        self._require(sum(len(key.encode()) + len(text.encode()) for key, text in value.items()), subject, "metadata")

    def _require(self, size: int, subject: str, path: str) -> None:
        if size > self.payload_bytes:
            raise LimitExceeded(
                subject,
                f"has {path} of {size:,} bytes",
                hint=f"at most {self.payload_bytes:,} are allowed; leave large data in a file and name it",
                field=path,
            )


def payload_size(value: Mapping[str, JSON]) -> int:
    """Return how many bytes the object takes: as encoded, or as JSON if it never was."""
    if isinstance(value, EncodedPayload):
        return len(value.encoded)
    return len(json.dumps(value, ensure_ascii=False, default=dict).encode())
