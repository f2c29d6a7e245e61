"""Events as bytes, made once for all who watch a plan."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from turboci.events import Bookmark, Event, ProgressReported
from turboci.wire.events import event_message

_KEPT: Final = 2_048
_LARGEST: Final = 4_096
"""Bytes; larger ones are made anew for each watcher, so that what is kept stays small."""


class EncodedEvents:
    """Encodes events, and keeps the newest: an event with a number never changes, and many may watch its plan."""

    def __init__(self) -> None:
        self._kept: Final[OrderedDict[tuple[str, int], bytes]] = OrderedDict()

    def encode(self, work_plan_id: str, event: Event, *, with_node: bool) -> bytes:
        """Return an event as bytes.

        Args:
            work_plan_id: The plan.
            event: What happened to it.
            with_node: Whether the event carries its node, which differs from watcher to watcher.
        """
        if with_node or isinstance(event, ProgressReported | Bookmark):
            return event_message(event).SerializeToString()
        key = work_plan_id, event.sequence
        data = self._kept.get(key)
        if data is None:
            data = event_message(event).SerializeToString()
            if len(data) <= _LARGEST:
                self._kept[key] = data
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return data
