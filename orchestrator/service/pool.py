"""Who can work now, and what waits for whom: the part of dispatch that is kept in memory.

Everything here can be rebuilt from the tables, and is, at start. It is touched on the writer's thread only.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from orchestrator.storage.tables.runners import RunnerRow
from turboci.states import ExecutionMode

# Half of what the refused attempt waits: when it is tried again, its runner has rested even with the least jitter.
_FIRST_REST_US: Final = 50_000
_LONGEST_REST_US: Final = 15_000_000

NEVER_US: Final = 2**62

MOST_OFFERED: Final = 1_000
"""Attempts that one runner is offered before it accepts some: what waits for a runner that reads slowly waits in the
database, where another one may take it, and not in memory."""


@dataclass(slots=True)
class Registered:
    """A registration and the number of attempts that it holds."""

    row: RunnerRow
    load: int = 0
    offered: int = 0
    """How many of them it has not accepted yet."""
    refusals: int = 0
    """How often in a row it could not be reached, or did not take what it was offered."""
    rests_until_us: int = 0
    """It is offered nothing before that: others of its type go first."""
    away: bool = False
    """Its stream is broken: it is offered nothing until it has opened another one."""

    def takes(self, mode: int, now_us: int) -> bool:
        """Return whether it is alive and supports the mode."""
        return not self.row.draining and self.row.expires_us > now_us and mode in self.row.modes

    def has_room(self, now_us: int) -> bool:
        """Return whether another attempt fits, and may be offered now."""
        if self.away or self.rests_until_us > now_us or self.offered >= MOST_OFFERED:
            return False
        return not self.row.max_concurrent or self.load < self.row.max_concurrent


class RunnerPool:
    """Registrations with their load, and the plans that have queued work for them."""

    def __init__(self) -> None:
        self._registered: Final[dict[str, Registered]] = {}
        self._by_type: Final[defaultdict[str, list[Registered]]] = defaultdict(list)
        # Plans take turns: the order of a dict is the ring; the value says since when the plan waits.
        self._waiting: Final[defaultdict[tuple[str, int], dict[int, int]]] = defaultdict(dict)
        self._gives_up_us: Final[dict[tuple[str, int], int]] = {}
        self._left_us: Final[dict[str, int]] = {}
        self._warned: Final[set[tuple[str, int]]] = set()

    def __iter__(self) -> Iterator[Registered]:
        return iter(self._registered.values())

    def copy(self) -> RunnerPool:
        """Return the registrations with their load, for somebody who only looks at them."""
        copied = RunnerPool()
        for entry in self:
            copied.restore(replace(entry))
        return copied

    def put(self, row: RunnerRow) -> None:
        """Add a registration, or replace what is known of it; its load stays, its refusals are forgotten."""
        self._warned.difference_update([(row.runner_type, int(mode)) for mode in row.modes])
        known = self._registered.get(row.registration_id)
        if known is not None:
            known.row = row
            known.refusals = known.rests_until_us = 0
            return
        self.restore(Registered(row))

    def remove(self, registration_id: str) -> None:
        """Forget a registration."""
        gone = self._registered.pop(registration_id, None)
        if gone is not None:
            self._by_type[gone.row.runner_type].remove(gone)

    def left(self, runner_type: str, at_us: int) -> None:
        """Note that a runner takes no work any more: if it was the last one, its type is not served from now on."""
        self._left_us[runner_type] = at_us

    def restore(self, entry: Registered) -> None:
        """Add a registration with its load."""
        self._registered[entry.row.registration_id] = entry
        self._by_type[entry.row.runner_type].append(entry)

    def get(self, registration_id: str | None) -> Registered | None:
        """Return a registration, if it is still known."""
        return self._registered.get(registration_id) if registration_id else None

    def of_runner(self, runner_id: str, runner_type: str) -> list[Registered]:
        """Return the registrations of one runner."""
        return [entry for entry in self._by_type.get(runner_type, ()) if entry.row.runner_id == runner_id]

    def of_type(self, runner_type: str) -> list[Registered]:
        """Return the registrations of one type, draining and expired ones included."""
        return list(self._by_type.get(runner_type, ()))

    def at(self, address: str) -> list[Registered]:
        """Return the registrations that one address leads to: those of one process, if it is a stream."""
        return [entry for entry in self if entry.row.address == address]

    def pick(self, runner_type: str, mode: int, now_us: int) -> Registered | None:
        """Return the least loaded live runner of the type that supports the mode and has room."""
        best: Registered | None = None
        for entry in self._by_type.get(runner_type, ()):
            if entry.takes(mode, now_us) and entry.has_room(now_us) and (best is None or entry.load < best.load):
                best = entry
        return best

    def is_served(self, runner_type: str, mode: int, now_us: int) -> bool:
        """Return whether any live runner takes such work, busy or not."""
        return any(entry.takes(mode, now_us) for entry in self._by_type.get(runner_type, ()))

    def hold(self, registration_id: str | None, *, offered: int = 0) -> None:
        """Count an attempt; `offered` is 1 if its runner has still to accept it."""
        entry = self.get(registration_id)
        if entry is not None:
            entry.load += 1
            entry.offered += offered

    def release(self, registration_id: str | None, *, offered: int = 0) -> None:
        """Count an attempt that ended; its runner may be gone."""
        entry = self.get(registration_id)
        if entry is not None and entry.load > 0:
            entry.load -= 1
            entry.offered -= offered

    def refused(self, registration_id: str | None, now_us: int) -> int | None:
        """Let a runner rest that did not take an attempt; return until when, None if it is gone."""
        entry = self.get(registration_id)
        if entry is None:
            return None
        entry.rests_until_us = now_us + int(min(_FIRST_REST_US * 2 ** min(entry.refusals, 20), _LONGEST_REST_US))
        entry.refusals += 1
        return entry.rests_until_us

    def answered(self, registration_id: str | None) -> None:
        """Trust a runner again that has answered."""
        entry = self.get(registration_id)
        if entry is not None:
            entry.refusals = entry.rests_until_us = 0

    @property
    def queued_types(self) -> set[str]:
        """The runner types that may have queued work."""
        return {runner_type for (runner_type, _), ring in self._waiting.items() if ring}

    def enqueue(self, runner_type: str, mode: int, plan: int, since_us: int, gives_up_us: int = 0) -> None:
        """Note that a plan has queued work; a note too many costs one look.

        Args:
            runner_type: Of the work.
            mode: Of the work.
            plan: Key of the plan.
            since_us: When it began to wait.
            gives_up_us: When it stops to wait for a live runner, or earlier if that is not known.
        """
        self._waiting[runner_type, mode].setdefault(plan, since_us)
        self.look_at(runner_type, mode, min(gives_up_us, self.gives_up_us(runner_type, mode)))

    def gives_up_us(self, runner_type: str, mode: int) -> int:
        """Return when work of this kind must be looked at, lest some waits too long for a runner."""
        return self._gives_up_us.get((runner_type, mode), NEVER_US)

    def look_at(self, runner_type: str, mode: int, at_us: int) -> None:
        """Note when work of this kind must be looked at."""
        self._gives_up_us[runner_type, mode] = at_us

    def dequeue(self, runner_type: str, mode: int, plan: int) -> int:
        """Drop a plan that has no queued work left; return since when it had."""
        return self._waiting[runner_type, mode].pop(plan, 0)

    def has_queue(self, runner_type: str, mode: int) -> bool:
        """Return whether work of this kind may be queued."""
        return bool(self._waiting.get((runner_type, mode)))

    def next_plan(self, runner_type: str, mode: int) -> int | None:
        """Return the plan whose turn it is, and put it behind the others."""
        ring = self._waiting.get((runner_type, mode))
        if not ring:
            return None
        plan = next(iter(ring))
        ring[plan] = ring.pop(plan)
        return plan

    def unserved(self, now_us: int) -> list[tuple[str, ExecutionMode, int]]:
        """Return runner type and mode of queues that no live runner serves, and since when nobody does."""
        return [
            (runner_type, ExecutionMode(mode), max(min(ring.values()), self._left_us.get(runner_type, 0)))
            for (runner_type, mode), ring in self._waiting.items()
            if ring and not self.is_served(runner_type, mode, now_us)
        ]

    def warn_once(self, runner_type: str, mode: int) -> bool:
        """Return True the first time that work of this kind finds no runner, until one registers."""
        if (runner_type, mode) in self._warned:
            return False
        self._warned.add((runner_type, mode))
        return True

    def missing_runner(self, runner_type: str, mode: int, now_us: int) -> str:
        """Return a sentence that says why nobody takes work of this type."""
        same = self.of_type(runner_type)
        if same:
            expired = sum(entry.row.expires_us <= now_us for entry in same)
            draining = sum(entry.row.draining for entry in same)
            other = len(same) - expired - draining
            parts = ((expired, "expired"), (draining, "draining"), (other, "without this mode"))
            shown = ", ".join(f"{count} {what}" for count, what in parts if count)
            name = ExecutionMode(mode).name
            return f"no live runner of type {runner_type!r} takes {name} work ({len(same)} registered: {shown})"
        types = sorted({entry.row.runner_type for entry in self if entry.row.expires_us > now_us})
        near = difflib.get_close_matches(runner_type, types, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        known = ", ".join(repr(name) for name in types) or "none"
        return f"no live runner of type {runner_type!r}{hint}; registered: {known}"
