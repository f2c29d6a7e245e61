"""Which argument goes to which parameter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple, TypeAlias

import libcst as cst

from ci_lint.inference.values import Value
from ci_lint.table.signature import Kind, Parameter, Signature

_POSITIONAL: Final = (Kind.POSITIONAL_ONLY, Kind.POSITIONAL_OR_KEYWORD)
_NAMED: Final = (Kind.POSITIONAL_OR_KEYWORD, Kind.KEYWORD_ONLY)


Bound: TypeAlias = tuple[tuple[cst.Arg, Parameter, Value], ...]
"""Arguments, the parameters that they go to, and what is known of them."""


def bind_arguments(signature: Signature, node: cst.Call, values: Sequence[Value]) -> Bound:
    """Return the arguments of a call with their parameters.

    What is unpacked with asterisks is left out, and so is whatever stands after it, unless it can only go to
    ``*args``; so are arguments that the function does not take.
    """
    if not values:
        return ()
    places = _places(signature)
    positional = places.positional
    found: list[tuple[cst.Arg, Parameter, Value]] = []
    index: int | None = 0
    for argument, value in zip(node.args, values, strict=True):
        parameter: Parameter | None = None
        if argument.keyword is not None:
            parameter = places.named.get(argument.keyword.value, places.extra)
        elif argument.star:
            index = index if index is not None and index >= len(positional) else None
        elif index is not None:
            parameter = positional[index] if index < len(positional) else places.rest
            index += 1
        if parameter is not None:
            found.append((argument, parameter, value))
    return tuple(found)


class _Places(NamedTuple):
    """Where arguments go.

    Attributes:
        positional: Parameters that take one by position.
        rest: ``*args``.
        named: Parameters that take one by name.
        extra: ``**kwargs``.
    """

    positional: tuple[Parameter, ...]
    rest: Parameter | None
    named: dict[str, Parameter]
    extra: Parameter | None


@cache
def _places(signature: Signature) -> _Places:
    parameters = signature.parameters
    return _Places(
        tuple([each for each in parameters if each.kind in _POSITIONAL]),
        next((each for each in parameters if each.kind is Kind.VAR_POSITIONAL), None),
        {each.name: each for each in parameters if each.kind in _NAMED},
        next((each for each in parameters if each.kind is Kind.VAR_KEYWORD), None),
    )


def given_to(bound: Bound, parameter: Parameter | None) -> Value | None:
    """Return the value that a parameter gets; None if it gets none, or that is not certain."""
    return next((value for _, each, value in bound if each is parameter), None)
