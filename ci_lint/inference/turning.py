"""What one turn of a loop leaves to the next."""

from __future__ import annotations

from ci_lint.inference.join import change_insts
from ci_lint.inference.site import Site
from ci_lint.inference.state import State
from ci_lint.inference.values import Inst, Value


def without_objects(state: State | None, made: frozenset[Site]) -> State | None:
    """Return a state in which no value is one of the objects that a turn made: the next one makes others."""
    if state is None:
        return None

    def forget(inst: Inst) -> Value:
        return Inst(inst.cls) if inst.origin in made else inst

    return State(
        {name: change_insts(value, forget) for name, value in state.names.items()},
        {site: call for site, call in state.built.items() if site not in made},
        state.lost,
    )
