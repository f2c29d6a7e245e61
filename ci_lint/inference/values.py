"""What the linter can know about an expression.

Values are immutable and name classes and functions instead of holding them, so that the summary of a module can be
kept and sent to other processes. Only the origin of an instance points into a tree; it never leaves its module.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from ci_lint.inference.site import Site


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything; nothing is ever said about it."""


@dataclass(frozen=True, slots=True)
class NoneValue:
    """The value None."""


@dataclass(frozen=True, slots=True)
class Module:
    """A module, by its dotted name."""

    name: str


@dataclass(frozen=True, slots=True)
class ClassRef:
    """The name of a class: of `ci` if `module` is ``ci``, else of a module of the project.

    Attributes:
        module: The dotted name of its module.
        name: Its qualified name in there.
    """

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Class:
    """A class itself, as opposed to an instance of it."""

    cls: ClassRef


@dataclass(frozen=True, slots=True)
class Inst:
    """An instance of a class.

    Attributes:
        cls: Its class.
        origin: The call that made it, where that is one object; None if it may be any.
    """

    cls: ClassRef
    origin: Site | None = None


@dataclass(frozen=True, slots=True)
class Func:
    """A function of `ci` or of the project."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class External:
    """Something of the standard library that inference understands, such as ``asyncio.gather``."""

    name: str


@dataclass(frozen=True, slots=True)
class Maker:
    """Something whose call gives `value`, whatever it is given: a lambda, a decorator."""

    value: Value


@dataclass(frozen=True, slots=True)
class Method:
    """A method bound to what it is called on.

    Attributes:
        receiver: The instance or class.
        owner: The class that defines it.
        name: The method.
    """

    receiver: Inst | Class
    owner: ClassRef
    name: str


@dataclass(frozen=True, slots=True)
class Super:
    """What ``super()`` gives.

    Attributes:
        cls: The class whose bases are meant.
        receiver: What methods are called on.
    """

    cls: ClassRef
    receiver: Inst | Class


@dataclass(frozen=True, slots=True)
class ContainerMethod:
    """A method of a list, dict or string."""

    receiver: Value
    name: str


@dataclass(frozen=True, slots=True)
class Await:
    """Something that gives `value` when it is awaited, and does nothing before."""

    value: Value


@dataclass(frozen=True, slots=True)
class CM:
    """A context manager whose block gets `value`."""

    value: Value


@dataclass(frozen=True, slots=True)
class ACM:
    """An asynchronous context manager whose block gets `value`."""

    value: Value


@dataclass(frozen=True, slots=True)
class Tuple:
    """A tuple of known length."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Seq:
    """Something to iterate over, each item of which is `item`.

    Attributes:
        item: What each one is.
        asynchronous: Whether it takes ``async for``.
        concrete: Whether it certainly is a list, tuple or set, not merely something iterable.
    """

    item: Value
    asynchronous: bool = False
    concrete: bool = False


@dataclass(frozen=True, slots=True)
class Map:
    """A dictionary, each value of which is `item`."""

    item: Value


@dataclass(frozen=True, slots=True)
class Str:
    """A string that is one of `texts`, which are different and sorted."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A string of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Union:
    """One of several values, none of which is a union; see `join`."""

    members: tuple[Value, ...]


Value: TypeAlias = (
    Unknown
    | NoneValue
    | Module
    | Class
    | Inst
    | Func
    | External
    | Maker
    | Method
    | Super
    | ContainerMethod
    | Await
    | CM
    | ACM
    | Tuple
    | Seq
    | Map
    | Str
    | Text
    | Union
)

UNKNOWN: Final = Unknown()
NONE: Final = NoneValue()
TEXT: Final = Text()
