"""Where inference says that something is an object of `ci`, pyright and jedi say the same."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from jedi.api import Script
from jedi.api.project import Project

from tests.lint.engine.revealing import revealed

PROBE: Final = Path(__file__).with_name("probe.py")
ROOT: Final = Path(__file__).resolve().parents[3]
SOURCE: Final = PROBE.read_text("utf-8")
ASKED: Final = [line for line in SOURCE.splitlines() if "reveal_type(" in line]
OURS: Final = dict(enumerate(revealed(SOURCE)))

UNKNOWN_TO_US: Final = frozenset({"reveal_type(first_of(dag))"})
"""What pyright knows and we do not. The list gets shorter, never longer."""

SAME: Final = {
    # Classes that are not public, and the protocol that they are written to.
    "RemoteOrchestrator": "Orchestrator",
    "EmbeddedOrchestrator": "Orchestrator",
}
COARSER: Final = {"CheckSettings": "CheckNode", "StageSettings": "StageNode"}
"""What jedi says where a method returns `Self`: the class that has the method."""


def members(text: str) -> set[str]:
    return {SAME.get(part.strip(), part.strip()) for part in text.split("|")}


def pyright_says() -> dict[int, str]:
    """Return what pyright says, by the number of the question."""
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, str(PROBE)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    lines = [number for number, line in enumerate(SOURCE.splitlines()) if "reveal_type(" in line]
    said = {}
    for each in json.loads(done.stdout)["generalDiagnostics"]:
        match = re.fullmatch(r'Type of ".*" is "(.*)"', each["message"], re.DOTALL)
        if match:
            said[lines.index(each["range"]["start"]["line"])] = match[1]
    return said


def jedi_says() -> dict[int, set[str]]:
    """Return what jedi says, by the number of the question; nothing where it does not know."""
    lines = SOURCE.splitlines()
    asked = [number for number, line in enumerate(lines) if line.strip().startswith("reveal_type(")]
    for number in asked:
        lines[number] = lines[number].replace("reveal_type(", f"asked_{number} = (", 1)
    script = Script("\n".join(lines), path=PROBE, project=Project(ROOT))
    every = [number for number, line in enumerate(SOURCE.splitlines()) if "reveal_type(" in line]
    said = {}
    for number in asked:
        column = lines[number].index("asked_")
        names = {SAME.get(name.name, name.name) for name in script.infer(number + 1, column)}
        if names:
            said[every.index(number)] = names
    return said


def test_the_probe_asks_enough() -> None:
    """There are at least sixty questions, and inference has an answer to all but the listed ones."""
    assert len(OURS) >= 60
    assert {ASKED[number].strip() for number, ours in OURS.items() if "?" in ours} == UNKNOWN_TO_US


@pytest.mark.timeout(300)
def test_pyright_agrees() -> None:
    """Pyright has the same answers; where it has none, jedi is asked by the next test."""
    pytest.importorskip("pyright", reason="comes with the extra `lint`")
    theirs = pyright_says()
    assert set(theirs) == set(OURS)
    unsure = {"Any", "Unknown"}
    wrong = {
        ASKED[number].strip(): (ours, theirs[number])
        for number, ours in OURS.items()
        if "?" not in ours and not members(theirs[number]) & unsure and members(ours) != members(theirs[number])
    }
    assert wrong == {}


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_jedi_agrees() -> None:
    """Where jedi knows something, it is the same."""
    theirs = jedi_says()
    assert len(theirs) >= 50
    wrong = {
        ASKED[number].strip(): (OURS[number], names)
        for number, names in theirs.items()
        if "?" not in OURS[number] and not {COARSER.get(name, name) for name in names} & members(OURS[number])
    }
    assert wrong == {}
