"""What a shell stage asks for: command, working directory, environment."""

from __future__ import annotations

import errno
import os
import shlex
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from turboci.errors import StageFailed
from turboci.payloads import JSON

_KNOWN: Final = ("command", "cwd", "env")
_EXIT_CODES: Final = {126: "the command cannot be executed", 127: "a command was not found"}


@dataclass(frozen=True, slots=True)
class Command:
    """A command that can be started.

    Attributes:
        argv: Program and arguments.
        shown: As people would type it.
        cwd: Where it runs; None is here.
        env: Its whole environment.
    """

    argv: tuple[str, ...]
    shown: str
    cwd: str | None
    env: Mapping[str, str]


def command_of(args: Mapping[str, JSON]) -> Command:
    """Read the arguments of a shell stage.

    Raises:
        StageFailed: They are not what a shell stage takes.
    """
    for name in args:
        if name not in _KNOWN:
            raise StageFailed(f"args.{name} is nothing that a shell stage takes; it takes {', '.join(_KNOWN)}")
    argv, shown = _argv(args.get("command"))
    return Command(argv=argv, shown=shown, cwd=_cwd(args.get("cwd")), env=os.environ | _env(args.get("env")))


def why_not_started(command: Command, error: OSError | ValueError) -> str:
    """Return a sentence for a command that could not be started."""
    program = repr(command.argv[0])
    if isinstance(error, FileNotFoundError):
        return f"command {program} was not found" + ("" if "/" in command.argv[0] else " on PATH")
    if isinstance(error, PermissionError):
        return f"command {program} cannot be executed (permission denied)"
    if isinstance(error, OSError):
        hint = "; does it begin with a #! line?" if error.errno == errno.ENOEXEC else ""
        return f"command {program} cannot be started ({(error.strerror or str(error)).lower()}){hint}"
    return f"command {program} cannot be started ({error})"


def why_failed(code: int) -> str:
    """Return a sentence for a return code that is not 0; a negative one is a signal."""
    if code < 0:
        return f"command was killed by {_signal_name(-code)}"
    if code in _EXIT_CODES:
        return f"command exited with {code} ({_EXIT_CODES[code]})"
    return f"command exited with {code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _argv(command: JSON) -> tuple[tuple[str, ...], str]:
    if isinstance(command, str) and command.strip():
        return ("/bin/sh", "-c", command), command
    if isinstance(command, list) and command and command[0]:
        words = tuple(word for word in command if isinstance(word, str))
        if len(words) == len(command):
            return words, shlex.join(words)
    raise StageFailed(f"args.command is {command!r:.80}; a shell stage needs a string or a list of strings")


def _cwd(cwd: JSON) -> str | None:
    if cwd is None:
        return None
    if not isinstance(cwd, str) or not cwd or "\0" in cwd:
        raise StageFailed(f"args.cwd is {cwd!r:.80}; it is the path of a directory")
    if not Path(cwd).is_dir():
        what = "is no directory" if Path(cwd).exists() else "does not exist"
        raise StageFailed(f"working directory {cwd!r} {what}")
    return cwd


def _env(env: JSON) -> dict[str, str]:
    if env is None:
        return {}
    if not isinstance(env, Mapping):
        raise StageFailed(f"args.env is {env!r:.80}; it is a mapping of names to strings")
    copy: dict[str, str] = {}
    for name, value in env.items():
        if not isinstance(value, str):
            raise StageFailed(
                f"args.env.{name} is {value!r:.80} ({type(value).__name__}); environment values are strings"
            )
        copy[name] = value
    return copy
