"""Which argument goes to which parameter."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ci_lint.inference.values import Value
from ci_lint.table.signature import Kind, Parameter, Signature

_POSITIONAL = (Kind.POSITIONAL_ONLY, Kind.POSITIONAL_OR_KEYWORD)


def bind_arguments(
    signature: Signature, node: cst.Call, values: Sequence[Value]
) -> tuple[tuple[cst.Arg, Parameter, Value], ...]:
    """Return the arguments of a call with their parameters.

    What is unpacked with asterisks is left out, and so is whatever stands after it, unless it can only go to
    ``*args``; so are arguments that the function does not take.
    """
    positional = [each for each in signature.parameters if each.kind in _POSITIONAL]
    rest = next((each for each in signature.parameters if each.kind is Kind.VAR_POSITIONAL), None)
    named = {each.name: each for each in signature.parameters if each.kind is not Kind.POSITIONAL_ONLY}
    extra = next((each for each in signature.parameters if each.kind is Kind.VAR_KEYWORD), None)
    found: list[tuple[cst.Arg, Parameter, Value]] = []
    index: int | None = 0
    for argument, value in zip(node.args, values, strict=True):
        parameter: Parameter | None = None
        if argument.keyword is not None:
            parameter = _keyword(named, argument.keyword.value) or extra
        elif argument.star:
            index = index if index is not None and index >= len(positional) else None
        elif index is not None:
            parameter = positional[index] if index < len(positional) else rest
            index += 1
        if parameter is not None:
            found.append((argument, parameter, value))
    return tuple(found)


def _keyword(named: dict[str, Parameter], name: str) -> Parameter | None:
    parameter = named.get(name)
    return None if parameter is None or parameter.kind in {Kind.VAR_POSITIONAL, Kind.VAR_KEYWORD} else parameter


def given_to(bound: Sequence[tuple[cst.Arg, Parameter, Value]], parameter: Parameter | None) -> Value | None:
    """Return the value that a parameter gets; None if it gets none, or that is not certain."""
    return next((value for _, each, value in bound if each is parameter), None)
