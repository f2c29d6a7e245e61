"""What the business rules need from a database, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

T = TypeVar("T")

Value: TypeAlias = int | float | str | bytes | None
Row: TypeAlias = tuple[Any, ...]


class Connection(Protocol):
    """One snapshot of the database."""

    def execute(self, sql: str, parameters: Sequence[Value] = (), /) -> Iterator[Row]:
        """Run one statement and yield its rows."""
        ...

    def execute_each(self, sql: str, parameters: Iterable[Sequence[Value]], /) -> Iterator[Row]:
        """Run one statement once for each of `parameters`, and yield the rows of all."""
        ...

    def change(self, sql: str, parameters: Sequence[Value] = (), /) -> int:
        """Run one statement that returns no rows; return how many rows it changed."""
        ...

    def change_each(self, sql: str, parameters: Iterable[Sequence[Value]], /) -> None:
        """Run one statement that returns no rows, once for each of `parameters`."""
        ...


class Session(Connection, Protocol):
    """One operation inside a transaction; it takes effect wholly or not at all."""

    def after_commit(self, callback: Callable[[], None], /) -> None:
        """Call back on the event loop once the operation is durable, in commit order, before its caller is answered."""
        ...

    def on_rollback(self, callback: Callable[[], None], /) -> None:
        """Call back on the writer's thread, newest first, if the operation does not take effect after all."""
        ...


class Database(Protocol):
    """A durable store with one writer and any number of readers."""

    async def write(self, operation: Callable[[Session], T], /) -> T:
        """Run an operation in the writer's next transaction; return when it is durable.

        Cancelling the caller does not undo the operation. What it raises is raised here, errors of the database as
        errors of `turboci.errors`, and nothing of it is kept.
        """
        ...

    async def read(self, query: Callable[[Connection], T], /) -> T:
        """Run a query on a snapshot that holds every operation that was answered before."""
        ...
