"""From FILE.py to what is to be run: a DAG, or a coroutine function `main`.

What a file means, in this order:

1. ``--dag NAME`` asks for the DAG of that variable or that name, and for nothing else.
2. ``async def main(orch)`` (or ``main()``) is run: it drives its DAGs itself, so it goes before them.
3. The one DAG at module level is run; of several the one in the variable ``dag``.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Final, TypeAlias, cast

from ci.dag import DAG
from ci.port import Orchestrator
from ci.workflow.suggestions import did_you_mean
from turboci.errors import CIError

Main: TypeAlias = Callable[..., Coroutine[object, object, object]]

PREFERRED: Final = "dag"
"""The variable that decides between several DAGs."""

_OURS: Final = frozenset({"ci", "turboci"})
"""Packages whose frames say nothing about a mistake in the user's file."""


class LoadError(Exception):
    """The file cannot be loaded, or holds nothing that can be run; the text is for people.

    Attributes:
        details: The user's traceback, or more lines; may be empty.
    """

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details: Final = details


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file says is to be run: `dag` or `main`, never both."""

    path: Path
    dag: DAG | None = None
    main: Main | None = None

    @property
    def name(self) -> str:
        """What to call the run."""
        return self.path.stem if self.dag is None else (self.dag.name or self.path.stem)

    async def run_main(self, port: Orchestrator) -> object:
        """Call `main` with the orchestrator, if it takes one; return what it returns."""
        assert self.main is not None
        return await (self.main(port) if accepts(self.main, 1) else self.main())


def load(file: str, *, dag: str | None = None, arguments: Sequence[str] = ()) -> Loaded:
    """Execute the file as a module and find what it wants to have run.

    The folder of the file is put in front of `sys.path` and `sys.argv` is the file with its arguments, as if Python
    had been given the file; `__name__` is not ``__main__``, so that a guarded ``ci.run(dag)`` does not start.

    Args:
        file: Path of the file.
        dag: Variable or name of the DAG that is wanted, or None.
        arguments: What the file finds in ``sys.argv[1:]``.

    Raises:
        LoadError: The file is missing or broken, or there is nothing, or too much, in it.
    """
    path = Path(file)
    return choose(path, vars(_load(path, arguments)), dag)


def load_dag(file: str, *, dag: str | None = None, arguments: Sequence[str] = ()) -> DAG:
    """Execute the file as `load` does, and return the DAG at module level; a `main` is of no interest.

    Raises:
        LoadError: The file is missing or broken, or has no DAG, or several and no way to choose.
    """
    path = Path(file)
    names = vars(_load(path, arguments))
    main = names.pop("main", None)
    if inspect.iscoroutinefunction(main) and not any(isinstance(value, DAG) for value in names.values()):
        raise LoadError(
            f"{path} has no DAG at module level, only `main`, which builds its DAGs while it runs; "
            "draw those in `main` with `await execution.to_mermaid()`"
        )
    chosen = choose(path, names, dag).dag
    assert chosen is not None
    return chosen


def choose(path: Path, names: Mapping[str, object], wanted: str | None) -> Loaded:
    """Return what the variables of a file amount to; see the top of this module for the order.

    Raises:
        LoadError: There is nothing to run, or several DAGs and no way to choose, or none that is called `wanted`.
    """
    dags = {name: value for name, value in names.items() if isinstance(value, DAG)}
    if wanted is not None:
        return Loaded(path, dag=_wanted(path, dags, wanted))
    main = names.get("main")
    if inspect.iscoroutinefunction(main):
        return Loaded(path, main=_checked(path, cast("Main", main)))
    if not dags:
        raise LoadError(f"{path} has nothing to run: {_nothing(main)}")
    different = {id(dag): dag for dag in dags.values()}
    if len(different) > 1 and PREFERRED not in dags:
        raise LoadError(
            f"{path} has {len(different)} DAGs: {', '.join(dags)}; say which one with --dag NAME, "
            f"or call one of them {PREFERRED!r}"
        )
    return Loaded(path, dag=dags.get(PREFERRED) or next(iter(dags.values())))


def _wanted(path: Path, dags: Mapping[str, DAG], wanted: str) -> DAG:
    by_name = {dag.name: dag for dag in dags.values() if dag.name}
    found = dags.get(wanted) or by_name.get(wanted)
    if found is None:
        known = ", ".join(dags) or "none"
        raise LoadError(f"{path} has no DAG {wanted!r}{did_you_mean(wanted, [*dags, *by_name])}; it has: {known}")
    return found


def _nothing(main: object) -> str:
    if callable(main):
        return "its function `main` is not a coroutine function: write `async def main(orch):`"
    return (
        "a DAG at module level is needed:\n\n"
        '    import ci\n    dag = ci.DAG("hello")\n    dag.shell("greet", "echo hello")\n\n'
        "or a coroutine function `async def main(orch):` that executes one"
    )


def _checked(path: Path, main: Main) -> Main:
    if not accepts(main, 0) and not accepts(main, 1):
        raise LoadError(
            f"{path}: main{inspect.signature(main)} cannot be called; it takes the orchestrator, "
            "`async def main(orch):`, or nothing, `async def main():`"
        )
    return main


def accepts(main: Main, arguments: int) -> bool:
    """Return whether `main` can be called with so many positional arguments and nothing else."""
    try:
        inspect.signature(main).bind(*range(arguments))
    except TypeError:
        return False
    return True


def _load(path: Path, arguments: Sequence[str]) -> ModuleType:
    if not path.is_file():
        raise LoadError(f"{path} {'is a directory' if path.is_dir() else 'does not exist'}; name a Python file")
    return _execute(path, arguments)


def _execute(path: Path, arguments: Sequence[str]) -> ModuleType:
    sys.argv = [str(path), *arguments]
    sys.path.insert(0, str(path.resolve().parent))
    name = path.stem if path.stem.isidentifier() and path.stem not in sys.modules else f"turboci_file_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    if spec is None or spec.loader is None:
        raise LoadError(f"{path} is not a Python file; its name has to end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except SystemExit as stop:
        raise LoadError(f"{path} called sys.exit({stop.code!r}) while it was loaded; nothing was run") from None
    except Exception as error:
        line = _told_at(error, path)
        if line is not None:
            raise LoadError(f"{path}:{line}: {error}") from None
        raise LoadError(f"{path} cannot be loaded", user_traceback(error, path)) from None
    return module


def _told_at(error: Exception, path: Path) -> int | None:
    """Return the line of the user's file that made the call which an error of ours refused; None if none did."""
    if not isinstance(error, CIError):
        return None
    theirs = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__", "")).partition(".")[0] not in _OURS
    ]
    return theirs[-1][1] if theirs and Path(theirs[-1][0]) == path.resolve() else None


def user_traceback(error: BaseException, path: Path) -> str:
    """Return the traceback of an error as if the user's file had been run by Python itself, without our frames."""
    frames = error.__traceback__
    if isinstance(error, SyntaxError) and not _inside(frames, path):
        return "".join(traceback.format_exception_only(error)).rstrip()
    while frames is not None and not _is_in(frames, path):
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames or error.__traceback__)).rstrip()


def _inside(frames: TracebackType | None, path: Path) -> bool:
    while frames is not None:
        if _is_in(frames, path):
            return True
        frames = frames.tb_next
    return False


def _is_in(frame: TracebackType, path: Path) -> bool:
    return Path(frame.tb_frame.f_code.co_filename) == path.resolve()
