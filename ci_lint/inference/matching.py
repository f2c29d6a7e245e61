"""What patterns of a ``match`` statement say."""

from __future__ import annotations

import libcst as cst

from ci_lint.inference.assignment import assign
from ci_lint.inference.machine import Machine
from ci_lint.inference.narrowing import keep, narrow
from ci_lint.inference.opening import skip
from ci_lint.inference.values import UNKNOWN, Class, ClassRef, Tuple, Value


def match_case(machine: Machine, case: cst.MatchCase, subject: Value, name: str | None) -> bool:
    """Bind the captures of a case and narrow its subject; return whether the case takes everything."""
    value = _bind(machine, case.pattern, subject)
    state = machine.frame.state
    if name is not None and state is not None and name in state.names:
        state.names[name] = value
    if case.guard is not None:
        machine.evaluate(case.guard)
        narrow(machine, case.guard, True)
        return False
    return isinstance(case.pattern, cst.MatchAs) and case.pattern.pattern is None


def _bind(machine: Machine, pattern: cst.MatchPattern, subject: Value) -> Value:
    """Return what the subject is if the pattern fits."""
    if isinstance(pattern, cst.MatchAs):
        value = subject if pattern.pattern is None else _bind(machine, pattern.pattern, subject)
        if pattern.name is not None:
            assign(machine, pattern.name, value)
        return value
    if isinstance(pattern, cst.MatchOr):
        classes = [_class(machine, element.pattern) for element in pattern.patterns]
        known = [each for each in classes if each is not None]
        return keep(machine, subject, known) if len(known) == len(classes) else UNKNOWN
    if isinstance(pattern, cst.MatchClass):
        cls = _class(machine, pattern)
        return UNKNOWN if cls is None else keep(machine, subject, [cls])
    if isinstance(pattern, cst.MatchTuple | cst.MatchList):
        _bind_parts(machine, pattern, subject)
    skip(machine, pattern)
    return subject


def _class(machine: Machine, pattern: cst.MatchPattern) -> ClassRef | None:
    if not isinstance(pattern, cst.MatchClass):
        return None
    value = machine.evaluate(pattern.cls)
    return value.cls if isinstance(value, Class) else None


def _bind_parts(machine: Machine, pattern: cst.MatchTuple | cst.MatchList, subject: Value) -> None:
    elements = pattern.patterns
    if not isinstance(subject, Tuple) or len(subject.items) != len(elements):
        return
    if any(isinstance(element, cst.MatchStar) for element in elements):
        return
    for element, part in zip(elements, subject.items, strict=True):
        if isinstance(element, cst.MatchSequenceElement):
            _bind(machine, element.value, part)
