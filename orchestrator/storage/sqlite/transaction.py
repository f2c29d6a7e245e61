"""Operations that share transactions without sharing their failures."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import apsw

from orchestrator.storage.sqlite.failures import disk_full, query_failure, transaction_failure
from orchestrator.storage.sqlite.operation import Operation
from turboci.errors import ServiceError

_LOG = logging.getLogger("turboci.storage")


class TransactionLost(Exception):
    """The transaction is gone, and with it every operation that shared it.

    SQLite itself rolls back after some errors (a full disk, an I/O error), whatever the operation makes of them.
    """


class Transaction:
    """Runs operations, each wholly or not at all, and commits them together.

    The first operation needs no savepoint: if it fails there is nothing else to keep.
    """

    def __init__(self, connection: apsw.Connection, database: str) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._database = database
        self._shared: list[Operation[Any]] = []

    def run(self, operation: Operation[Any]) -> None:
        """Run one operation, in a new transaction if none is open.

        Raises:
            apsw.Error: No transaction can be begun; the operation did not run.
        """
        shared = self._shared
        first = not shared
        if first:
            self._execute("BEGIN IMMEDIATE")
        shared.append(operation)
        try:
            if not first:
                self._execute("SAVEPOINT operation")
            self._run_inside(operation, first=first)
        except (TransactionLost, apsw.Error) as error:
            self.lose(error.__cause__ or error, shared)

    def commit(self) -> None:
        """Make what ran durable; if that fails every operation is told, and none is kept."""
        if not self._shared:
            return
        try:
            self._execute("COMMIT")
        except apsw.Error as error:
            self.lose(error, self._shared)
        self._shared.clear()

    def lose(self, error: BaseException, operations: Sequence[Operation[Any]]) -> None:
        """Roll back all that is not committed, and tell `operations` that they failed."""
        failure = transaction_failure(self._database, error)
        if self._connection.in_transaction:
            self._roll_back()
        for operation in reversed(operations):
            operation.fail(_copy(failure, error))
        self._shared.clear()

    def _roll_back(self) -> None:
        try:
            self._execute("ROLLBACK")
        except apsw.Error:
            _LOG.exception("a transaction on %s could not be rolled back", self._database)

    def _run_inside(self, operation: Operation[Any], *, first: bool) -> None:
        try:
            operation.run()
            self._check_deferred()
        except BaseException as error:  # whatever it is, it belongs to the caller
            self._withdraw(operation, error, first=first)
            return
        if not self._connection.in_transaction:
            raise TransactionLost("the operation ended the transaction, or SQLite did after an error that it hid")
        if not first:
            self._execute("RELEASE operation")

    def _check_deferred(self) -> None:
        # Found at COMMIT, a violation would take down the operations that did nothing wrong.
        if self._connection.status(apsw.SQLITE_DBSTATUS_DEFERRED_FKS)[0]:
            raise apsw.ConstraintError("FOREIGN KEY constraint failed")

    def _withdraw(self, operation: Operation[Any], error: BaseException, *, first: bool) -> None:
        if not self._connection.in_transaction:
            raise TransactionLost from error
        if first:
            self._execute("ROLLBACK")
            self._shared.clear()
        else:
            self._execute("ROLLBACK TO operation")
            self._execute("RELEASE operation")
        operation.fail(_told(self._database, error))


def _told(database: str, error: BaseException) -> BaseException:
    """Return what the caller of an operation is told of the error that ended it."""
    if isinstance(error, apsw.FullError):
        return disk_full(database)
    if isinstance(error, apsw.Error):
        failure = query_failure(database, error)
        failure.__cause__ = error
        return failure
    return error


def _copy(failure: ServiceError, cause: BaseException) -> ServiceError:
    """Return an error of its own for one caller: tracebacks grow on an instance that several raise."""
    copy = type(failure).from_attributes(failure.attributes())
    copy.__cause__ = cause
    return copy
