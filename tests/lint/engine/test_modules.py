"""What one module hands to another is followed, in whatever order the files are given."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest

from ci_lint.analysis import analyse
from ci_lint.project import Project
from ci_lint.source import Source
from ci_lint.task import Direct, Outcome, Task

CODES = frozenset({"CI001", "CI004"})


class Recording(Direct):
    """Does every step at once and remembers which files were parsed."""

    def __init__(self) -> None:
        self.parsed: list[str] = []

    def inspect(self, tasks: Sequence[Task]) -> Sequence[Outcome]:
        self.parsed += [task.path.name for task in tasks]
        return super().inspect(tasks)


def lines_found(root: Path, files: dict[str, str], work: Direct | None = None) -> dict[str, list[int]]:
    """Return the lines with findings of each file that has some."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    sources = [Source(root / name, CODES) for name in files]
    answers = analyse(Project(root), sources, work)
    return {
        path.relative_to(root).as_posix(): [
            files[path.relative_to(root).as_posix()].encode()[: each.span.start].count(b"\n") for each in found
        ]
        for path, found in answers.items()
        if found
    }


FLOWS = """
import ci
dag = ci.DAG("x")
EMPTY = ""
def make(name: str = "x"): return ci.DAG(name)
async def later(): return ci.DAG()
class Flow:
    def __init__(self): self.dag = ci.DAG()
    def node(self): return self.dag.check("n")
    @property
    def first(self): return self.node()
    @staticmethod
    def plain(): return ci.new_check("x")
    @classmethod
    def create(cls): return cls()
"""


@pytest.mark.parametrize(
    "text",
    [
        'from flows import dag\ndag.check("")',
        'import flows\nflows.dag.check("")',
        'import flows as f\nf.make().check("")',
        'from flows import *\ndag.check("")',
        'from flows import make as m\nm("a").check("")',
        'from flows import Flow\nFlow().dag.check("")',
        'from flows import Flow\nFlow().node().depends_on("")',
        'from flows import Flow\nFlow().first.depends_on("")',
        'from flows import Flow\nx = Flow.plain().depends_on("")',
        'from flows import Flow\nFlow.create().dag.check("")',
        'from flows import later\nasync def f(): (await later()).check("")',
        'from flows import Flow\nclass Deep(Flow):\n    def more(self): return self.dag.check("")',
        'from flows import Flow\ndef f(flow: Flow): flow.dag.check("")',
        'from flows import Flow\ndef f(flow: "Flow | None"):\n    if flow: flow.dag.check("")',
        "from flows import dag, EMPTY\ndag.check(EMPTY)",
        'import importlib\nimportlib.import_module("flows").dag.check("")',
    ],
)
def test_what_a_module_hands_out_is_known_where_it_is_imported(tmp_path: Path, text: str) -> None:
    assert len(lines_found(tmp_path, {"flows.py": FLOWS, "use.py": text + "\n"})["use.py"]) == 1


PACKAGE = {
    "app/__init__.py": "from .flows import dag\n",
    "app/flows.py": "import ci\ndag = ci.DAG('x')\n",
    "app/deep/__init__.py": "",
    "app/deep/use.py": 'from ..flows import dag\ndag.check("")\nfrom .. import dag as d\nd.check("")\n',
    "main.py": 'import app\napp.dag.check("")\nimport app.flows\napp.flows.dag.check("")\n',
}


def test_packages_and_relative_imports_are_followed_in_any_order(tmp_path: Path) -> None:
    expected = {"app/deep/use.py": [1, 3], "main.py": [1, 3]}
    for names in itertools.islice(itertools.permutations(PACKAGE), 0, None, 7):
        assert lines_found(tmp_path, {name: PACKAGE[name] for name in names}) == expected, names


def test_modules_that_import_each_other_are_worked_out(tmp_path: Path) -> None:
    """A circle of imports comes to an end, and what can be known is."""
    files = {
        "a.py": "import ci\nimport b\ndef one(): return ci.DAG()\ndef two(): return b.three()\ntwo().check('')\n",
        "b.py": "import a\ndef three(): return a.one()\ndef four(): return a.two()\nfour().check('')\n",
    }
    assert lines_found(tmp_path, files) == {"a.py": [4], "b.py": [3]}


def test_a_circle_that_never_settles_is_given_up(tmp_path: Path) -> None:
    files = {
        "a.py": "import ci\nimport b\ndef one(): return [b.two()]\nx = ci.DAG()\n",
        "b.py": "import a\ndef two(): return [a.one()] or a.x\n",
    }
    assert lines_found(tmp_path, files) == {}


def test_files_that_have_nothing_to_do_with_ci_are_not_parsed(tmp_path: Path) -> None:
    """Neither those that only mention it, nor those that import a module with the same last name."""
    work = Recording()
    files = {
        "flows.py": "import ci\ndag = ci.DAG()\n",
        "use.py": "import flows\nflows.dag.check('')\n",
        "plain.py": "import os\nci = 1\nprint('flows', ci)\n",
        "other.py": "from somewhere import flows\n",
        "broken.py": "def f(:\n",
    }
    assert lines_found(tmp_path, files, work) == {"use.py": [1]}
    assert set(work.parsed) == {"flows.py", "use.py"}


def test_a_dag_that_another_module_imports_is_open(tmp_path: Path) -> None:
    """The other module may say what is missing here."""
    flows = "import ci\ndag = ci.DAG('x')\nstage = dag.stage('s')\n"
    rules = frozenset({"CI016"})
    alone = [Source(tmp_path / "flows.py", rules, flows.encode())]
    user = Source(tmp_path / "use.py", rules, b"from flows import stage\nstage.runner('r')\n")
    assert [each.code for each in analyse(Project(tmp_path), alone)[alone[0].path]] == ["CI016"]
    assert analyse(Project(tmp_path), [*alone, user])[alone[0].path] == ()
