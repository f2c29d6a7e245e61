"""What is known at one point of the code."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

from ci_lint.inference.join import join
from ci_lint.inference.site import Site
from ci_lint.inference.values import UNKNOWN, Value


@dataclass(slots=True, eq=False)
class State:
    """What is known on every path to one point.

    Attributes:
        names: The values of local names; what is missing may be unbound.
        built: Builders whose `build` was called, and the call.
        lost: Values that cannot be told from others any more where paths have met; all states of a run share it.
    """

    names: dict[str, Value] = field(default_factory=dict)
    built: dict[Site, cst.Call] = field(default_factory=dict)
    lost: list[Value] = field(default_factory=list)

    def copy(self) -> State:
        """Return a state that goes its own way."""
        return State(dict(self.names), dict(self.built) if self.built else {}, self.lost)


def meet(first: State | None, second: State | None) -> State | None:
    """Return what is known where two paths meet; None stands for a path that is never taken."""
    if first is None or second is None:
        return second if first is None else first
    names = first.names
    if names != second.names:
        names = {name: _either(name, first, second) for name in {**first.names, **second.names}}
    built = {site: call for site, call in first.built.items() if site in second.built}
    return State(names, built, first.lost)


def same(first: State | None, second: State | None) -> bool:
    """Return whether a second look finds nothing but what the first has found."""
    if first is None or second is None:
        return first is second
    known = first.names
    return all(known.get(name, UNKNOWN) == value for name, value in second.names.items())


def _either(name: str, first: State, second: State) -> Value:
    """Join what two paths know of a name; where one of them has not bound it, using it would fail there."""
    one, other = first.names.get(name), second.names.get(name)
    if one is None or other is None:
        return one or other or UNKNOWN
    both = join(one, other)
    if both is UNKNOWN:
        first.lost.extend(value for value in (one, other) if value is not UNKNOWN)
    return both
