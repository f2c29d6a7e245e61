"""Reads what users give to a DAG and its execution."""

from __future__ import annotations

from collections.abc import Callable

from turboci.errors import InvalidArgument


def command_of(id: str, command: object) -> str | list[str]:
    """Return the command of a shell step.

    Raises:
        InvalidArgument: It is empty, or not text.
    """
    if isinstance(command, str) and command.strip():
        return command
    if isinstance(command, (list, tuple)) and command and all(isinstance(part, str) for part in command):
        return list(command)
    raise InvalidArgument(
        f"step {id!r}",
        f"has the command {command!r}",
        hint="a command is a line of text, or a list of the program and its arguments",
        field="command",
    )


def handler_name(handler: Callable[..., object]) -> str:
    """Return what a function is called.

    Raises:
        InvalidArgument: It has no name of its own.
    """
    name = getattr(handler, "__name__", None)
    if not isinstance(name, str) or name == "<lambda>":
        raise InvalidArgument(
            "function step", f"{handler!r} has no name", hint='write dag.function(id="...")', field="id"
        )
    return name
