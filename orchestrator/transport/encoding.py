"""Events as the bytes that watchers get: encoded once for all of them."""

from __future__ import annotations

from typing import Final

from turboci.events import Event
from turboci.wire.events import event_message

_KEPT: Final = 256
"""Events whose bytes are kept: watchers that keep up with a plan are within a few events of each other."""


class EncodedEvents:
    """Keeps the bytes of the newest events that were sent.

    Events are told apart by identity: watchers of one plan share them.
    """

    def __init__(self) -> None:
        self._kept: Final[dict[int, tuple[Event, bytes]]] = {}

    def encoded(self, event: Event) -> bytes:
        """Return an event as a message of the contract."""
        known = self._kept.get(id(event))
        if known is not None and known[0] is event:
            return known[1]
        data = event_message(event).SerializeToString()
        self._kept[id(event)] = (event, data)
        if len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
        return data
