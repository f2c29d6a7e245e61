from __future__ import annotations

import pytest

from ci.workflow import Pace
from tests.dsl.recording import RecordingOrchestrator

HASTY = Pace(quiet=0.01, longest=0.02, retry=0.001, longest_retry=0.002, give_up=0.05, warn=0.01)
"""A silent plan is looked at, and a broken stream is resumed, after milliseconds."""
PATIENT = Pace(quiet=60.0)
"""Nothing is found by looking: what a test sees came through the stream."""


@pytest.fixture
def port() -> RecordingOrchestrator:
    return RecordingOrchestrator()
