"""Help texts as they are written: paragraphs are wrapped, indented blocks such as examples are kept."""

from __future__ import annotations

import inspect

import click


def write_help(text: str, formatter: click.HelpFormatter) -> None:
    """Write a docstring as the body of a help page."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        formatter.write_paragraph()
        with formatter.indentation():
            lines = paragraph.split("\n")
            if any(line.startswith(" ") for line in lines):
                formatter.write("".join(f"{' ' * formatter.current_indent}{line}\n" for line in lines))
            else:
                formatter.write_text(paragraph)


class TaughtCommand(click.Command):
    """A command whose help shows its docstring as it is written."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the docstring."""
        write_help(self.help or "", formatter)


class TaughtGroup(click.Group):
    """A group whose help shows its docstring as it is written."""

    command_class: type[click.Command] | None = TaughtCommand

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the docstring."""
        write_help(self.help or "", formatter)
