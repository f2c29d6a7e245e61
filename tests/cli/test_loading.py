from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from ci.cli.loading import LoadError, accepts, choose, load
from ci.dag import DAG

FILE = Path("pipeline.py")


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Loading a file is for a whole process; give the next test its own."""
    path, argv, modules = list(sys.path), list(sys.argv), set(sys.modules)
    yield
    sys.path[:], sys.argv[:] = path, argv
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def written(folder: Path, text: str, name: str = "pipeline.py") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


async def main_of_one(orch: object) -> None: ...


async def main_of_none() -> None: ...


async def main_of_two(orch: object, other: object) -> None: ...


def test_the_one_dag_is_found(tmp_path: Path) -> None:
    """A file with one DAG at module level is run as that DAG, whatever its variable is called."""
    loaded = load(written(tmp_path, 'import ci\npipeline = ci.DAG("release")\npipeline.shell("a", "true")\n'))
    assert loaded.main is None
    assert loaded.dag is not None
    assert loaded.name == "release"


def test_unnamed_dag_is_called_after_its_file(tmp_path: Path) -> None:
    """A DAG without a name goes by the name of the file."""
    assert load(written(tmp_path, "import ci\ndag = ci.DAG()\n")).name == "pipeline"


def test_several_dags() -> None:
    """Of several DAGs the one in the variable `dag` is run; without it all are named."""
    first, second = DAG("one"), DAG("two")
    assert choose(FILE, {"a": first, "dag": second}, None).dag is second
    with pytest.raises(LoadError, match=r"pipeline.py has 2 DAGs: a, b; say which one with --dag NAME"):
        choose(FILE, {"a": first, "b": second}, None)


def test_two_names_for_one_dag_are_one() -> None:
    """A DAG that two variables hold is no choice."""
    dag = DAG("one")
    assert choose(FILE, {"a": dag, "b": dag}, None).dag is dag


@pytest.mark.parametrize("wanted", ["b", "two"])
def test_wanted_dag_by_variable_or_name(wanted: str) -> None:
    """--dag takes the variable or the name, and goes before `main`."""
    dag = DAG("two")
    assert choose(FILE, {"a": DAG("one"), "b": dag, "main": main_of_one}, wanted).dag is dag


def test_unknown_dag_has_a_near_miss() -> None:
    """--dag with a typing error says what there is."""
    with pytest.raises(LoadError, match=r"has no DAG 'relase' \(did you mean 'release'\?\); it has: dag"):
        choose(FILE, {"dag": DAG("release")}, "relase")


def test_main_goes_before_dags() -> None:
    """A coroutine function `main` drives the DAGs of its file itself."""
    loaded = choose(FILE, {"dag": DAG("one"), "main": main_of_one}, None)
    assert loaded.dag is None
    assert loaded.main is main_of_one
    assert loaded.name == "pipeline"


def test_plain_main_is_left_alone() -> None:
    """A plain function `main` is what people write for `if __name__ == "__main__"`; the DAG is run."""
    dag = DAG("one")
    assert choose(FILE, {"dag": dag, "main": lambda: None}, None).dag is dag


def test_nothing_to_run_teaches() -> None:
    """A file without a DAG says what one looks like; a plain `main` is named as the cause."""
    with pytest.raises(LoadError, match=r"has nothing to run: a DAG at module level is needed(?s:.*)dag = ci.DAG"):
        choose(FILE, {}, None)
    with pytest.raises(LoadError, match="its function `main` is not a coroutine function"):
        choose(FILE, {"main": lambda: None}, None)


def test_main_that_needs_more_is_refused() -> None:
    """`main` takes the orchestrator or nothing."""
    with pytest.raises(LoadError, match=r"main\(orch: 'object', other: 'object'\) -> 'None' cannot be called"):
        choose(FILE, {"main": main_of_two}, None)


@pytest.mark.parametrize(("main", "takes"), [(main_of_one, (False, True)), (main_of_none, (True, False))])
def test_accepts(main: object, takes: tuple[bool, bool]) -> None:
    """Whether `main` wants the orchestrator is read from its signature."""
    assert (accepts(main, 0), accepts(main, 1)) == takes  # type: ignore[arg-type]


async def test_main_gets_the_orchestrator_if_it_takes_it(tmp_path: Path) -> None:
    """`main(orch)` is called with the port, `main()` without."""
    port = SimpleNamespace()
    one = load(written(tmp_path, "async def main(orch): return orch\n", "one.py"))
    none = load(written(tmp_path, "async def main(): return 'nothing'\n", "none.py"))
    assert await one.run_main(port) is port
    assert await none.run_main(port) == "nothing"


def test_guarded_code_does_not_run(tmp_path: Path) -> None:
    """`__name__` is not `__main__`, so a guarded `ci.run(dag)` does not start."""
    guarded = 'import ci\ndag = ci.DAG("quiet")\nif __name__ == "__main__":\n    dag = ci.DAG("started")\n'
    assert load(written(tmp_path, guarded)).name == "quiet"


def test_neighbours_and_arguments(tmp_path: Path) -> None:
    """The file's folder is importable, and its arguments are in sys.argv."""
    written(tmp_path, "import ci\ndag = ci.DAG('neighbour')\n", "neighbour_of_pipeline.py")
    file = written(tmp_path, "import sys\nfrom neighbour_of_pipeline import dag\nargs = sys.argv\n")
    assert load(file, arguments=["--fast", "x"]).name == "neighbour"
    assert sys.modules["pipeline"].args == [file, "--fast", "x"]


def test_file_named_like_a_module_does_not_replace_it(tmp_path: Path) -> None:
    """A file called json.py is loaded under another name."""
    json = sys.modules["json"]
    assert load(written(tmp_path, "import ci\ndag = ci.DAG()\n", "json.py")).name == "json"
    assert sys.modules["json"] is json


def test_missing_file() -> None:
    """A path that does not exist is named."""
    with pytest.raises(LoadError, match=r"no-such.py does not exist; name a Python file"):
        load("no-such.py")
    with pytest.raises(LoadError, match=r"is a directory"):
        load(str(Path(__file__).parent))


def test_not_python(tmp_path: Path) -> None:
    """A file of another kind is refused by its name."""
    with pytest.raises(LoadError, match=r"is not a Python file"):
        load(written(tmp_path, "", "pipeline.yaml"))


def test_syntax_error_shows_the_line(tmp_path: Path) -> None:
    """A syntax error shows file, line and caret, and nothing of ours."""
    with pytest.raises(LoadError, match="cannot be loaded") as caught:
        load(written(tmp_path, "import ci\ndag = ci.DAG(\n"))
    assert "line 2" in caught.value.details
    assert "^" in caught.value.details
    assert "loading.py" not in caught.value.details


def test_error_in_the_file_is_the_users_traceback(tmp_path: Path) -> None:
    """An exception shows the frames of the user's file alone."""
    with pytest.raises(LoadError) as caught:
        load(written(tmp_path, "def broken():\n    return 1 / 0\nbroken()\n"))
    assert caught.value.details.startswith("Traceback (most recent call last):\n  File ")
    assert "ZeroDivisionError: division by zero" in caught.value.details
    assert "loading.py" not in caught.value.details
    assert "importlib" not in caught.value.details


def test_refusal_of_ours_is_one_line(tmp_path: Path) -> None:
    """A wrong value is told with the line that has it; where a neighbour has it, the traceback says so."""
    wrong = "import ci\ndag = ci.DAG('release')\ndag.shell('build', 'make').arg('n', {1})\n"
    file = written(tmp_path, wrong)
    with pytest.raises(LoadError) as caught:
        load(file)
    rule = "only None, bool, int, float, str, lists and dicts with string keys"
    assert (str(caught.value), caught.value.details) == (f"{file}:3: stage 'build' args.n is {{1}} (set); {rule}", "")
    written(tmp_path, wrong, "wrong_neighbour.py")
    with pytest.raises(LoadError, match="cannot be loaded") as caught:
        load(written(tmp_path, "import wrong_neighbour\n"))
    assert 'wrong_neighbour.py", line 3' in caught.value.details


def test_missing_import_is_the_users_traceback(tmp_path: Path) -> None:
    """An import that fails points at the user's line."""
    with pytest.raises(LoadError) as caught:
        load(written(tmp_path, "import no_such_module_anywhere\n"))
    assert "import no_such_module_anywhere" in caught.value.details


def test_syntax_error_of_a_neighbour_shows_both(tmp_path: Path) -> None:
    """A syntax error in an imported file shows where it was imported, too."""
    written(tmp_path, "x = (\n", "broken_neighbour.py")
    with pytest.raises(LoadError) as caught:
        load(written(tmp_path, "import broken_neighbour\n"))
    assert "import broken_neighbour" in caught.value.details
    assert "SyntaxError" in caught.value.details


def test_exit_while_loading(tmp_path: Path) -> None:
    """A file that exits while it is loaded has run nothing, and that is said."""
    with pytest.raises(LoadError, match=r"called sys.exit\(3\) while it was loaded"):
        load(written(tmp_path, "import sys\nsys.exit(3)\n"))
