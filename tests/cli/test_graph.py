"""`turboci graph` as it is called."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ci.cli.main import main


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Loading a file is for a whole process; give the next test its own."""
    path, argv, modules = list(sys.path), list(sys.argv), set(sys.modules)
    yield
    sys.path[:], sys.argv[:] = path, argv
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def written(folder: Path, text: str) -> str:
    path = folder / "pipeline.py"
    path.write_text(text)
    return str(path)


TWO_STEPS = 'import ci\ndag = ci.DAG("two")\na = dag.shell("a", "true")\nb = dag.shell("b", "true").after(a)\n'


def test_the_dag_is_drawn_as_mermaid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing but the drawing goes to stdout."""
    assert main(["graph", written(tmp_path, TWO_STEPS)]) == 0
    assert capsys.readouterr() == ('flowchart LR\n    n0["a"]\n    n1["b"]\n    n0 --> n1\n', "")


def test_the_dag_is_drawn_for_graphviz(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--format dot` is what Graphviz reads."""
    assert main(["graph", written(tmp_path, TWO_STEPS), "--format", "dot"]) == 0
    assert capsys.readouterr().out.startswith('digraph "two" {\n')


def test_a_broken_dag_is_drawn_and_complained_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Seeing the graph helps to find the problem; the problems are on stderr, and the exit code is 2."""
    assert main(["graph", written(tmp_path, TWO_STEPS + "a.after(b)\n")]) == 2
    out, err = capsys.readouterr()
    assert out.endswith("    n1 --> n0\n    n0 --> n1\n")
    assert "dependencies form a cycle" in err


def test_a_dag_beside_main_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What `main` would add while it runs is not known; what stands at module level is."""
    assert main(["graph", written(tmp_path, TWO_STEPS + "async def main(orch): ...\n")]) == 0
    assert capsys.readouterr().out.startswith("flowchart LR\n")


def test_main_alone_cannot_be_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file whose DAGs come into being while it runs is told how to draw them."""
    assert main(["graph", written(tmp_path, "async def main(orch): ...\n")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "has no DAG at module level, only `main`" in err
    assert "await execution.to_mermaid()" in err


def test_several_dags_are_chosen_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--dag` works as for `turboci run`."""
    file = written(tmp_path, 'import ci\none = ci.DAG()\none.check("x")\ntwo = ci.DAG("second")\ntwo.check("y")\n')
    assert main(["graph", file]) == 2
    assert main(["graph", file, "--dag", "second"]) == 0
    assert '"y"' in capsys.readouterr().out


def test_a_file_that_is_not_there_is_a_complaint(capsys: pytest.CaptureFixture[str]) -> None:
    """The path is in the message."""
    assert main(["graph", "nowhere.py"]) == 2
    assert "nowhere.py does not exist" in capsys.readouterr().err


def test_the_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    """It has a line that can be copied."""
    assert main(["graph", "--help"]) == 0
    assert "turboci graph ci.py --format dot | dot -Tsvg > ci.svg" in capsys.readouterr().out
