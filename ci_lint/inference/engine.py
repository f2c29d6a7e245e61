"""Puts the parts of inference together and runs them over a module."""

from __future__ import annotations

from typing import Final

import libcst as cst

from ci_lint.facts.context import Context
from ci_lint.inference.annotations import annotated
from ci_lint.inference.attributes import attribute_of
from ci_lint.inference.binding import find_bindings
from ci_lint.inference.branching import SPECIALS
from ci_lint.inference.calls import call, invoke, result_of, signature_of
from ci_lint.inference.expressions import PLANS
from ci_lint.inference.frame import Frame
from ci_lint.inference.functions import look_into, run_function, summarise
from ci_lint.inference.machine import Around, Machine, Parts
from ci_lint.inference.modules import module_named
from ci_lint.inference.names import BUILTINS
from ci_lint.inference.opening import skip
from ci_lint.inference.scopes import Progress
from ci_lint.inference.state import State
from ci_lint.inference.statements import run_body

MAX_ROUNDS: Final = 3
"""How often functions are looked at that need each other, until what is known of them has to be enough."""

PARTS: Final = Parts(
    plans=PLANS,
    specials=SPECIALS,
    attribute=attribute_of,
    call=call,
    signature=signature_of,
    result=result_of,
    module=module_named,
    invoke=invoke,
    annotation=annotated,
    look_into=look_into,
    summarise=summarise,
    body=run_body,
    skip=skip,
    builtins=BUILTINS,
)


def infer(module: cst.Module, text: str, around: Around) -> Machine:
    """Look at a whole module: first its own statements, then the bodies of its functions.

    Args:
        module: Its tree.
        text: Its code.
        around: What it finds around itself.
    """
    bindings = find_bindings(module, text)
    state = State()
    frame = Frame(bindings.module, None, None, None, state, Context(), lost=state.lost)
    machine = Machine(around, text, bindings, PARTS, frame)
    run_body(machine, module)
    bindings.module.finished = True
    machine.frames[id(module)] = frame
    _settle(machine)
    return machine


def _settle(machine: Machine) -> None:
    """Look at functions until nothing becomes known any more."""
    functions = machine.bindings.functions.values()
    for info in functions:
        if info.progress is Progress.NEW:
            run_function(machine, info)
    for _ in range(MAX_ROUNDS - 1):
        before = machine.news
        for info in functions:
            if info.progress is Progress.PROVISIONAL and (info.early or info.news < machine.news):
                run_function(machine, info)
        if machine.news == before:
            break
