"""Values of the model as JSON."""

from __future__ import annotations

import json

import pytest

import ci
from ci.cli.plans.machine import as_json, print_json
from tests.cli.plans import START, after, check
from turboci.nodes import CheckResult
from turboci.states import CheckState, Outcome


def test_nodes_have_their_fields_under_their_own_names() -> None:
    """Enums are names, times are ISO 8601, references are kind and id."""
    result = CheckResult(owner_type="test", owner_id="1", data={"a": [1, 2.5, None, True]}, created_at=START)
    found = as_json(check("c", "dep", state=CheckState.FINAL, outcome=Outcome.FAILED, results=(result,)))
    assert isinstance(found, dict)
    assert (found["state"], found["outcome"]) == ("FINAL", "FAILED")
    assert found["results"] == [as_json(result)]
    told = as_json(result)
    assert isinstance(told, dict)
    assert (told["created_at"], told["data"]) == ("2025-03-01T12:00:00+00:00", {"a": [1, 2.5, None, True]})
    assert as_json(after("dep").dependencies) == [{"target": {"kind": "CHECK", "id": "dep"}, "when": "SUCCEEDED"}]


def test_what_is_printed_acts_on_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters of both kinds, and those that turn text around, are escaped; it stays the same JSON."""
    name = "a\x1b[2J\x9b31m\u202eb\n"
    print_json({"name": name})
    said = capsys.readouterr().out
    assert said.isascii()
    assert "\x1b" not in said
    assert json.loads(said) == {"name": name}


def test_other_values_are_refused() -> None:
    """An object that is no value of the model is a mistake of ours."""
    with pytest.raises(TypeError, match="DAG is no value of the model"):
        as_json(ci.DAG("x"))
