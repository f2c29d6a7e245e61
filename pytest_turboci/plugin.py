"""Fixtures for tests of pipelines; pytest finds them by itself once turboci-lite is installed.

Nothing of turboci is imported before a test asks for a fixture: pytest starts as fast as without.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

import pytest

if TYPE_CHECKING:
    import os

    from ci.testing import RecordingRunner, Rehearsal, VirtualClock


@pytest.fixture
def ci_database() -> str | os.PathLike[str] | None:
    """Return the database file of `ci_rehearsal`; None is memory. Override it to have a file.

    Example:
        @pytest.fixture
        def ci_database(tmp_path):
            return tmp_path / "turboci.db"
    """
    return None


@pytest.fixture
def ci_rehearsal(ci_database: str | os.PathLike[str] | None) -> Rehearsal:
    """Return a rehearsal: the real orchestrator, runners that do as they are told, virtual time.

    Example:
        def test_red_tests_stop_the_deployment(ci_rehearsal):
            ci_rehearsal.on("test").fail("2 tests failed")
            ci_rehearsal.run(make_dag())
            ci_rehearsal.history.assert_never("dispatched deploy")
    """
    return cast("Rehearsal", import_module("ci.testing").Rehearsal(ci_database))


@pytest.fixture
def ci_runner(ci_rehearsal: Rehearsal) -> RecordingRunner:
    """Return the recording runner of `ci_rehearsal`."""
    return ci_rehearsal.runner


@pytest.fixture
def ci_clock(ci_rehearsal: Rehearsal) -> VirtualClock:
    """Return the virtual clock of `ci_rehearsal`."""
    return ci_rehearsal.clock
