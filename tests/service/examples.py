"""How many random examples of a state machine are tried, in parts that may run beside each other.

``TURBOCI_EXAMPLES`` says how many of each machine, ``TURBOCI_SEED`` draws others, and ``TURBOCI_SHRINK=1`` makes those
that fail small, which takes minutes.
"""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

EXAMPLES = int(os.environ.get("TURBOCI_EXAMPLES", "100"))
SEED = int(os.environ.get("TURBOCI_SEED", "1"))
SHRINK = os.environ.get("TURBOCI_SHRINK") == "1"

PARTS = max(1, min(8, EXAMPLES // 25))
in_parts = pytest.mark.parametrize("part", range(PARTS))
"""Parametrizes a test that calls `run_examples`."""


def run_examples(machine: type[RuleBasedStateMachine], part: int, *, examples: int = -(-EXAMPLES // PARTS)) -> None:
    """Run one part of the examples; the same seed runs the same ones again."""
    sys.stdout.write(f"TURBOCI_SEED={SEED} TURBOCI_EXAMPLES={EXAMPLES}, part {part} of {PARTS}\n")
    one_part = seed(SEED * 1_000 + part)(type(f"{machine.__name__}{part}", (machine,), {}))
    run_state_machine_as_test(
        one_part,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            phases=[phase for phase in Phase if SHRINK or phase is not Phase.shrink],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
