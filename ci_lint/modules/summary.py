"""What a module hands to those that import it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from ci_lint.inference.values import ClassRef, Module, Value


@dataclass(frozen=True, slots=True)
class FunctionSummary:
    """What a function gives.

    Attributes:
        name: Its qualified name.
        result: What a call gives: of an ``async def`` an `Await`.
        identity: The position of the parameter that it returns unchanged; None if it does not.
        parameters: The names of its parameters that can be given by position, in order.
    """

    name: str
    result: Value
    identity: int | None = None
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassSummary:
    """What the instances of a class have.

    Attributes:
        name: Its qualified name.
        bases: What it inherits from; None stands for something unknown.
        attributes: Attributes of instances and of the class, sorted by name.
        methods: Its methods, sorted by name. The qualified name of a method has the class in front.
        properties: The names of the methods that are properties, sorted.
        statics: The names of the methods that take no receiver, sorted.
    """

    name: str
    bases: tuple[ClassRef | None, ...] = ()
    attributes: tuple[tuple[str, Value], ...] = ()
    methods: tuple[FunctionSummary, ...] = ()
    properties: tuple[str, ...] = ()
    statics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Summary:
    """What a module hands out, as far as it is known; what is missing is unknown.

    Attributes:
        module: Its dotted name.
        names: Its names and what they are bound to, sorted.
        functions: The functions that values speak of.
        classes: The classes that values speak of.
        needs: The other modules of the project that values speak of.
    """

    module: str
    names: tuple[tuple[str, Value], ...] = ()
    functions: tuple[FunctionSummary, ...] = ()
    classes: tuple[ClassSummary, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def hands_out(self) -> bool:
        """Whether anything in it is worth knowing to whoever imports it, the module `ci` itself aside."""
        return any(not isinstance(value, Module) for _, value in self.names)

    def is_worth(self, name: str, imported: Collection[str]) -> bool:
        """Return whether a file should know it.

        Args:
            name: The name that it is imported by.
            imported: All that the file imports, by dotted name.
        """
        return self.hands_out or any(f"{name}.{each}" in imported for each, _ in self.names)

    @cached_property
    def digest(self) -> str:
        """The same for summaries that say the same."""
        return hashlib.sha256(repr(self).encode("utf-8", "backslashreplace")).hexdigest()
