"""Events as the bytes that watchers get: encoded once for all of them."""

from __future__ import annotations

from typing import Final

from turboci.events import Event, ProgressReported
from turboci.wire.events import event_message

_KEPT: Final = 256
"""Events whose bytes are kept: watchers that keep up with a plan are within a few events of each other."""
_BYTES: Final = 4 * 1024 * 1024
"""How many bytes they may have; the newest event is kept in any case."""


class EncodedEvents:
    """Keeps the bytes of the newest events that were sent.

    Events are told apart by identity: watchers of one plan share them.
    """

    def __init__(self) -> None:
        self._kept: Final[dict[int, tuple[Event, bytes]]] = {}
        self._bytes = 0

    def encoded(self, event: Event) -> bytes:
        """Return an event as a message of the contract."""
        known = self._kept.get(id(event))
        if known is not None and known[0] is event:
            return known[1]
        data = event_message(event).SerializeToString()
        if not isinstance(event, ProgressReported):  # each watcher has its own, with its own position
            self._keep(event, data)
        return data

    def _keep(self, event: Event, data: bytes) -> None:
        self._forget(id(event))
        self._kept[id(event)] = (event, data)
        self._bytes += len(data)
        while len(self._kept) > _KEPT or (self._bytes > _BYTES and len(self._kept) > 1):
            self._forget(next(iter(self._kept)))

    def _forget(self, place: int) -> None:
        known = self._kept.pop(place, None)
        if known is not None:
            self._bytes -= len(known[1])
