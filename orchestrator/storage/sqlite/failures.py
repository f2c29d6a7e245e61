"""What callers are told when SQLite fails."""

from __future__ import annotations

import logging
import uuid

import apsw

from turboci.errors import InternalError, LimitExceeded, OrchestratorUnavailable, ServiceError

_LOG = logging.getLogger("turboci.storage")


def disk_full(database: str) -> LimitExceeded:
    """Return the error for an operation that found no room."""
    return LimitExceeded(f"database {database!r}", "cannot grow: the disk is full", hint="free space and try again")


def transaction_failure(database: str, error: BaseException) -> ServiceError:
    """Return the error for an operation whose transaction is lost, and log the details unless it says all."""
    if isinstance(error, apsw.FullError):
        _LOG.error("a transaction on %s is lost: the disk is full", database)
        return disk_full(database)
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        _LOG.error("a transaction on %s is lost: another program holds a lock on the file", database)
        return OrchestratorUnavailable(
            f"database {database!r}", "is locked by another program", hint="close that program and try again"
        )
    return _internal("lost a transaction", "nothing of it was kept; ", database, error)


def query_failure(database: str, error: apsw.Error) -> ServiceError:
    """Return the error for a query, or for one operation of a transaction, that SQLite refused."""
    if isinstance(error, apsw.FullError | apsw.BusyError | apsw.LockedError):
        return transaction_failure(database, error)
    return _internal("stopped a call at the database", "", database, error)


def _internal(problem: str, what: str, database: str, error: BaseException) -> InternalError:
    """Return an error whose text says nothing of `error`; the log has it."""
    error_id = uuid.uuid4().hex[:12]
    _LOG.error("error %s %s %s", error_id, problem, database, exc_info=error)
    return InternalError(
        f"error {error_id}", problem, hint=f"{what}the log of the orchestrator has the details under this id"
    )
