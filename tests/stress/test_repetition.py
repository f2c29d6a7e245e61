"""What a state machine does is decided by what is drawn and by nothing else.

Hypothesis repeats examples. One that goes another way the second time, because of an id that was drawn elsewhere or of
something that an earlier example has left behind, ends the test as flaky and says nothing about the server.
"""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis.stateful import invariant

from tests.service.examples import run_examples
from tests.service.test_invariants import Orchestration
from tests.stress.test_model import AgainstTheModel


@pytest.mark.timeout(600)
@pytest.mark.parametrize("machine", [Orchestration, AgainstTheModel])
def test_the_same_examples_leave_the_same_databases(machine: type[Orchestration] | type[AgainstTheModel]) -> None:
    """After every step of the same examples the database holds the same bytes, and runners were asked the same."""
    first, again = (trace(machine) for _ in range(2))
    assert len(first) > 100
    assert first == again


def trace(machine: type[Orchestration] | type[AgainstTheModel]) -> list[str]:
    """Return what some examples leave behind after every step."""
    seen: list[str] = []

    class Traced(machine):  # type: ignore[misc, valid-type]
        @invariant()
        def everything_is_noted(self) -> None:
            asked = [(call.address, call.execution, call.timeout) for call in self.rig.runners.calls]
            seen.append(sha256(self.rig.content() + repr(asked).encode()).hexdigest())

    run_examples(Traced, 0, examples=15)
    return seen
