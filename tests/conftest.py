"""What holds for all tests."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

# How fast the machine is, is no fact about the product: an example may take as long as it takes. Which examples are
# drawn hangs on the test alone, so that a run says something about what was changed; TURBOCI_SEED=0 looks for others.
settings.register_profile(
    "steady",
    deadline=None,
    derandomize=os.environ.get("TURBOCI_SEED") != "0",
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")

# Tests that are started in the background of a shell ignore Ctrl-C, and so would every process that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
