"""What operations and queries see of a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import apsw

from orchestrator.storage.interface import Row, Value


class Snapshot:
    """A connection inside a transaction."""

    __slots__ = ("_connection",)

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Sequence[Value] = (), /) -> Iterator[Row]:
        """Run one statement and yield its rows."""
        # Fetched at once: a statement left open would outlive the operation and hold its snapshot.
        return iter(self._connection.execute(sql, parameters).fetchall())

    def execute_each(self, sql: str, parameters: Iterable[Sequence[Value]], /) -> Iterator[Row]:
        """Run one statement once for each of `parameters`, and yield the rows of all."""
        return iter(self._connection.executemany(sql, parameters).fetchall())

    def change(self, sql: str, parameters: Sequence[Value] = (), /) -> int:
        """Run one statement that returns no rows; return how many rows it changed."""
        self._connection.execute(sql, parameters)
        return self._connection.changes()

    def change_each(self, sql: str, parameters: Iterable[Sequence[Value]], /) -> None:
        """Run one statement that returns no rows, once for each of `parameters`."""
        self._connection.executemany(sql, parameters)


class WriteSession(Snapshot):
    """One operation inside the writer's transaction."""

    __slots__ = ("committed", "rolled_back")

    def __init__(self, connection: apsw.Connection) -> None:
        super().__init__(connection)
        self.committed: list[Callable[[], None]] = []
        self.rolled_back: list[Callable[[], None]] = []

    def after_commit(self, callback: Callable[[], None], /) -> None:
        """Call back on the event loop once the operation is durable, in commit order, before its caller is answered."""
        self.committed.append(callback)

    def on_rollback(self, callback: Callable[[], None], /) -> None:
        """Call back on the writer's thread, newest first, if the operation does not take effect after all."""
        self.rolled_back.append(callback)
