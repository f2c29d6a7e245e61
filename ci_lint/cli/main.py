"""The entry of `ci-lint`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from ci_lint.cli.exits import Exit
from ci_lint.cli.lint import lint
from ci_lint.cli.options import PARAMETERS, Options, complaint_about
from ci_lint.cli.screen import Screen, be_tolerant, complain
from ci_lint.deferred import deferred
from ci_lint.errors import LintError
from ci_lint.extras import with_extra
from ci_lint.reports import WITH_STATISTICS

if TYPE_CHECKING:
    import traceback

    from ci_lint.cli import explaining, stdin
else:
    explaining = deferred("ci_lint.cli.explaining")
    stdin = deferred("ci_lint.cli.stdin")
    traceback = deferred("traceback")

NAME: Final = "ci-lint"
_HELP: Final = """Find mistakes in workflows that are written with `ci`, before they run.

PATHS are files and directories, the current directory if there are none; `-` reads standard input. Only files that
import `ci`, or get its objects from a module of the project, are looked into.

\b
Try it:
    ci-lint                                   check everything here
    ci-lint src/pipelines release.py          check these
    ci-lint --fix                             mend what can be mended safely
    ci-lint --diff --unsafe-fixes             see what could be mended
    ci-lint --explain CI003                   what a rule finds, and why
    ci-lint --output-format sarif --output-file lint.sarif
    ci-lint server                            talk to an editor (needs turboci-lite[lsp])

\b
Configure it in pyproject.toml:
    [tool.ci-lint]
    extend-select = ["CI025"]                 rules besides the default ones
    ignore = ["CI017"]
    exclude = ["generated/"]                  as in a .gitignore
    per-file-ignores = { "tests/" = ["CI016"] }
    src = ["lib"]                             where modules are imported from

\b
Hide a finding:
    dag.check("")  # ci-lint: ignore[CI001]
    # ci-lint: ignore-file[CI001]             on a line of its own
    dag.check("")  # noqa: CI001

\b
Exit codes:
    0    nothing found
    1    something found
    2    something not checked: wrong option or path, unreadable file, our own mistake

Colours follow NO_COLOR and FORCE_COLOR. Earlier results are kept in .ci_lint_cache, or in CI_LINT_CACHE_DIR.
"""


@click.pass_context
def _run(context: click.Context, /, **said: Any) -> Exit:
    """Do what the command line says."""
    options = Options(**said)
    if complaint := complaint_about(options):
        raise click.UsageError(complaint, context)
    if options.statistics and options.output_format not in WITH_STATISTICS:
        forms = ", ".join(sorted(WITH_STATISTICS))
        raise click.UsageError(f"--statistics has no form {options.output_format}; it has {forms}", context)
    if options.explain is not None:
        Screen(options.output_file).show(explaining.explained(options.explain))
        return Exit.OK
    if options.list_rules:
        Screen(options.output_file).show(explaining.listed(options.output_format))
        return Exit.OK
    if options.watch:
        watching = with_extra("ci_lint.cli.watching", "watchfiles", "watch", "--watch")
        return Exit(watching.watch(options, lint))
    return stdin.lint_stdin(options) if options.reads_stdin else lint(options)


command: Final = click.Command(
    NAME,
    params=list(PARAMETERS),
    callback=_run,
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code.

    Args:
        arguments: What came after the name of the program; None takes them from `sys.argv`.
    """
    said = list(sys.argv[1:] if arguments is None else arguments)
    be_tolerant()
    try:
        if said[:1] == ["server"]:
            return _serve(said[1:])
        code = command.main(args=said, prog_name=NAME, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return Exit.ERROR
    except LintError as error:
        complain(str(error))
        return Exit.ERROR
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FINDINGS
    except Exception:  # its exit code would be the one of findings
        traceback.print_exc()
        complain("this is a mistake of ci-lint; please report it with the lines above")
        return Exit.ERROR
    return code if isinstance(code, int) else Exit.OK


def _serve(arguments: Sequence[str]) -> int:
    """Start the language server."""
    server = with_extra("ci_lint.server.command", "pygls", "lsp", "`ci-lint server`")
    code = server.command.main(args=list(arguments), prog_name=f"{NAME} server", standalone_mode=False)
    return code if isinstance(code, int) else Exit.OK


if __name__ == "__main__":
    sys.exit(main())
