"""`ci-lint server`."""

from __future__ import annotations

from typing import Final

import click

from ci_lint.server.session import language_server

_HELP: Final = """Talk to an editor in the language server protocol, over standard input and output.

Findings appear while you type, with quick fixes; `source.fixAll.ci-lint` applies all safe ones. The configuration is
that of the project that a file lies in.

\b
Neovim:
    vim.lsp.config["ci-lint"] = { cmd = { "ci-lint", "server" }, filetypes = { "python" } }
    vim.lsp.enable("ci-lint")
"""


@click.command(help=_HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--stdio", is_flag=True, expose_value=False, help="What it does anyway; editors like to say it.")
def command() -> None:
    """Start the server; it ends when the editor says so, or goes away."""
    language_server().start_io()
