"""Things that are equal only to themselves."""

from __future__ import annotations

from typing import NoReturn, SupportsIndex


class Unique:
    """Base of what belongs to one DAG, one running plan or one process: neither copied nor pickled."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} belongs to the process that made it and cannot be copied or pickled; "
            "pass ids and values instead"
        )
