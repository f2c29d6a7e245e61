"""For tests of pipelines: the real orchestrator in this process, runners that do as they are told, virtual time.

    from ci import testing

    def test_red_tests_stop_the_deployment() -> None:
        rehearsal = testing.Rehearsal()
        rehearsal.on("test").fail("2 tests failed")
        rehearsal.run(make_dag())
        rehearsal.history.assert_never("dispatched deploy")

With pytest the fixtures ``ci_rehearsal``, ``ci_runner`` and ``ci_clock`` are there by themselves.
"""

from ci.testing.clock import VirtualClock as VirtualClock
from ci.testing.history import History as History
from ci.testing.rehearsal import Pipeline as Pipeline
from ci.testing.rehearsal import Rehearsal as Rehearsal
from ci.testing.runner import Call as Call
from ci.testing.runner import RecordingRunner as RecordingRunner
from ci.testing.script import StageScript as StageScript

__all__ = ["Call", "History", "Pipeline", "RecordingRunner", "Rehearsal", "StageScript", "VirtualClock"]
