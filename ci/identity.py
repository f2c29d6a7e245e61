"""Things that are equal only to themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, SupportsIndex


class Unique:
    """Base of what belongs to one DAG, one running plan or one process: neither copied nor pickled."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} belongs to the process that made it and cannot be copied or pickled; "
            "pass ids and values instead"
        )


class Promise(Unique):
    """Base of what only leads to what people want: they get that by awaiting it."""

    __slots__ = ()

    if not TYPE_CHECKING:  # Type checkers know what is missing, and shall go on to say so.

        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(
                f"{type(self).__name__} has no {name!r}; await it first, and use what that returns", name=name, obj=self
            )
