"""Bytes become trees, and nodes are found again in the bytes."""

from __future__ import annotations

import ast
import pickle
import sys
from dataclasses import replace
from pathlib import Path

import libcst as cst
import pytest

from ci_lint.inspection import inspect
from ci_lint.reading.glance import Glance
from ci_lint.reading.parsing import Parsed, parse
from ci_lint.reading.positions import Positions
from ci_lint.reading.tree import nodes
from ci_lint.task import Task

SOURCES = [
    b"x = 1\n",
    b"\xef\xbb\xbfx = call(1)\n",
    "é = 'ü' + call('ß')  # ö\n".encode(),
    "# -*- coding: latin-1 -*-\né = call('ü')\n".encode("latin-1"),
    b"if x:\r\n\ty = call(1)\r\n",
    b"import ci\n\x0cx = call(1)\nif x:\n  \x0c    y = call(2)\n",
    b"x = (call(1)\n     .more(2)  # why\n     .last(*a, **b))\n",
    b"def f(a, /, b: int = 1, *c, d=call(2), **e) -> 'x': return call(a)\n",
    b"f'{call(1)!r:>{call(2)}}'\n",
    b"@call(1)\nclass A(call(2), x=call(3)): pass",
]


@pytest.mark.parametrize("data", SOURCES)
def test_every_call_is_found_where_python_finds_it(data: bytes) -> None:
    """Spans are those of Python's own parser, in bytes of the file."""
    parsed = parse(data)
    assert isinstance(parsed, Parsed)
    positions = Positions(parsed)
    ours = {positions.span(node) for node in nodes(parsed.module) if isinstance(node, cst.Call)}
    codes = sorted(positions.code(span) for span in ours)
    tree = ast.parse(parsed.text.text)
    theirs = [ast.get_source_segment(parsed.text.text, each) for each in ast.walk(tree) if isinstance(each, ast.Call)]
    assert len(codes) == len(theirs)
    if b"f'" not in data:  # Python 3.11 does not know where the parts of an f-string are
        assert codes == sorted(str(each).replace("\n", "\r\n") if b"\r\n" in data else str(each) for each in theirs)


@pytest.mark.parametrize("data", SOURCES)
def test_a_statement_alone_is_placed_as_in_the_whole_module(data: bytes) -> None:
    """Where only the statement around a node is written, its nodes stand where writing the whole module puts them."""
    parsed = parse(data)
    assert isinstance(parsed, Parsed)
    whole = Positions(replace(parsed, lines=()))
    for statement in parsed.module.body:
        for node in nodes(statement):
            assert Positions(parsed).span(node) == whole.span(node)


def test_a_deep_chain_is_placed_too() -> None:
    """What Python's recursion limit would stop is placed with a deeper stack, where it is the stack that limits."""
    links = 230 if sys.version_info[:2] == (3, 12) else 390
    parsed = parse(b"import ci\nx = ci" + b".y()" * links + b"\n")
    assert isinstance(parsed, Parsed)
    positions = Positions(parsed)
    calls = [node for node in nodes(parsed.module) if isinstance(node, cst.Call)]
    assert max(positions.span(call).end for call in calls) == 10 + 6 + links * 4


@pytest.mark.parametrize(
    "text",
    [
        *(
            "import ci",
            "import os, ci",
            "import os as o,ci",
            "from ci import DAG",
            "from ci.dag import DAG",
            "import ci.dag",
        ),
        *(
            "x = 1;import ci",
            "import \\\n  ci",
            "from \\\n ci import x",
            "import os, \\\n ci",
            "\timport ci as c",
            "lazy import ci",
        ),
        *(
            "if x: import ci",
            "importlib.import_module('ci')",
            '__import__("ci.dag")',
            "import_module(\n 'ci')",
            "import ci#x",
        ),
        *("from made import ci", "import a.b as c, ci"),
    ],
)
def test_whatever_may_import_ci_is_looked_at(text: str) -> None:
    assert Glance("ci").holds(text.encode())
    assert Glance("ci").holds(f"import os\r{text}\r".encode())


@pytest.mark.parametrize(
    "text",
    [
        *("import cisco", "from cio import x", "import os.ci", "import a\nci = 1", "ci.check('')", "from .ci import x"),
        *("import precision", "# about ci", "important(ci)", "from decimal import ROUND_CI", "import civ, os"),
    ],
)
def test_what_cannot_import_ci_is_left_out(text: str) -> None:
    assert not Glance("ci").holds(text.encode())


def test_a_task_and_its_outcome_can_be_sent_to_another_process() -> None:
    """Neither holds a tree, and the key of a task tells all that its outcome depends on."""
    source = (
        b"import ci\ndag = ci.DAG()\ndef f(): return dag.check('')\nclass A:\n    def __init__(self): self.d = dag\n"
    )
    task = Task(Path("a.py"), source, "a", False, "ci", ("CI001",))
    outcome = inspect(pickle.loads(pickle.dumps(task)))
    again = pickle.loads(pickle.dumps(outcome))
    assert again == outcome
    assert [each.code for each in outcome.diagnostics] == ["CI001"]
    assert dict(outcome.summary.names).keys() == {"A", "ci", "dag", "f"}
    changed = [
        Task(Path("b.py"), source, "a", False, "ci", ("CI001",)),
        Task(Path("a.py"), source + b"\n", "a", False, "ci", ("CI001",)),
        Task(Path("a.py"), source, "b", False, "ci", ("CI001",)),
        Task(Path("a.py"), source, "a", True, "ci", ("CI001",)),
        Task(Path("a.py"), source, "a", False, "cj", ("CI001",)),
        Task(Path("a.py"), source, "a", False, "ci", ("CI002",)),
        Task(Path("a.py"), source, "a", False, "ci", ("CI001",), shared=True),
        Task(Path("a.py"), source, "a", False, "ci", ("CI001",), summaries=(outcome.summary,)),
    ]
    assert len({task.key, *(each.key for each in changed)}) == len(changed) + 1
