"""From the words ``package.module:object`` to the runner that they name."""

from __future__ import annotations

import importlib
import sys
import traceback
from pathlib import Path
from types import TracebackType

from ci.cli.loading import LoadError
from ci.runner.runner import Runner
from ci.workflow.suggestions import did_you_mean


def named_runner(words: str) -> Runner:
    """Import the module, with the working directory on the path, and return its runner.

    Args:
        words: ``package.module:object``, or a module that has exactly one runner.

    Raises:
        LoadError: There is no such module or object, it fails to import, or it is no runner.
    """
    name, _, attribute = words.partition(":")
    module = _module(name)
    runners = {key: value for key, value in vars(module).items() if isinstance(value, Runner)}
    if not attribute:
        return _only(name, runners)
    found = vars(module).get(attribute)
    if isinstance(found, Runner):
        return found
    if found is not None:
        raise LoadError(f"{words} is a {type(found).__name__}; a ci.Runner is needed")
    known = ", ".join(runners) or "none"
    raise LoadError(f"module {name} has no {attribute!r}{did_you_mean(attribute, runners)}; its runners: {known}")


def _only(name: str, runners: dict[str, Runner]) -> Runner:
    different = {id(runner): runner for runner in runners.values()}
    if len(different) == 1:
        return next(iter(different.values()))
    known = ", ".join(runners) or "none"
    raise LoadError(f"module {name} has {len(different)} runners ({known}); name one as {name}:NAME")


def _module(name: str) -> object:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise LoadError(
                f"there is no module {name!r}; it is looked for in {here} and among what is installed"
            ) from None
        raise LoadError(f"module {name} cannot be imported", _traceback(error)) from None
    except Exception as error:  # whatever the user's module raises
        raise LoadError(f"module {name} cannot be imported", _traceback(error)) from None


def _traceback(error: Exception) -> str:
    """Return the traceback from the user's module on: how Python came to import it is of no interest."""
    frames = error.__traceback__
    while frames is not None and _is_on_the_way(frames):
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames)).rstrip()


def _is_on_the_way(frame: TracebackType) -> bool:
    file = frame.tb_frame.f_code.co_filename
    return file in {__file__, importlib.__file__} or file.startswith("<frozen importlib")
