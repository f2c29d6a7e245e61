"""The order in which a class and its bases are searched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ci_lint.inference.values import ClassRef

MAX_CLASSES: Final = 100


def linearize(
    ref: ClassRef, bases_of: Callable[[ClassRef], tuple[ClassRef | None, ...]], seen: frozenset[ClassRef] = frozenset()
) -> tuple[ClassRef | None, ...]:
    """Return the order of resolution (C3); from the first thing that is not known on it is ``(..., None)``.

    Args:
        ref: The class.
        bases_of: Returns the direct bases of a class.
        seen: Classes that inherit from it; being one of them is an error that makes everything unknown.
    """
    if ref in seen or len(seen) > MAX_CLASSES:
        return (None,)
    bases = bases_of(ref)
    if not bases:
        return (ref,)
    if None in bases[:1]:
        return (ref, None)
    lines: list[list[ClassRef | None]] = [
        [None] if base is None else list(linearize(base, bases_of, seen | {ref})) for base in bases
    ]
    merged = _merge([*lines, list(bases)])
    return (ref, *merged)


def _merge(lines: list[list[ClassRef | None]]) -> list[ClassRef | None]:
    result: list[ClassRef | None] = []
    lines = [line for line in lines if line]
    while lines:
        head = next(
            (line[0] for line in lines if not any(line[0] in other[1:] for other in lines)),
            None,
        )
        result.append(head)
        if head is None:
            return result
        lines = [rest for line in lines if (rest := line[1:] if line[0] == head else line)]
    return result
