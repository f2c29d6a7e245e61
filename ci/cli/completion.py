"""`turboci completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from ci.cli.exits import Exit
from ci.cli.teaching import TaughtCommand


@click.command(cls=TaughtCommand, short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print a script that makes a shell complete commands, options, plans and stages.

    Examples:
        eval "$(turboci completion bash)"        # in ~/.bashrc
        eval "$(turboci completion zsh)"         # in ~/.zshrc
        turboci completion fish | source         # in ~/.config/fish/config.fish

    Plans and stages are those of the orchestrator in TURBOCI_ADDRESS, or of --connect or --db where it is typed before
    them.
    """
    root = click.get_current_context().find_root().command
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(root, {}, "turboci", "_TURBOCI_COMPLETE").source())
    return Exit.OK
