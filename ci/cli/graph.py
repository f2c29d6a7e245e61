"""`turboci graph`."""

from __future__ import annotations

import click

from ci.cli.complaints import complain
from ci.cli.exits import Exit
from ci.cli.loading import LoadError, load_dag
from ci.cli.teaching import TaughtCommand
from turboci.errors import DAGValidationError


@click.command(cls=TaughtCommand, short_help="Draw the DAG in a Python file.")
@click.argument("file", metavar="FILE.py", type=click.Path())
@click.argument("arguments", metavar="[-- ARGS...]", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--format", "-f", "form", type=click.Choice(["mermaid", "dot"]), default="mermaid", show_default=True,
    help="The language of the drawing.",
)  # fmt: skip
@click.option("--dag", metavar="NAME", help="Which DAG of the file to draw: its variable or its name.")
def graph(file: str, arguments: tuple[str, ...], form: str, dag: str | None) -> int:
    """Draw the DAG in FILE.py without running it.

    Examples:
        turboci graph ci.py
        turboci graph ci.py --format dot | dot -Tsvg > ci.svg

    Mermaid is shown by GitHub, GitLab and many editors between ```mermaid and ```; dot is the language of Graphviz.

    Boxes are steps and stages, rounded ones are checks. A plain arrow means that what it points at waits for the
    success of the other; words on it name another condition. Dashed arrows are alternatives, bold ones lead from a
    stage to the check that it answers.

    The file is loaded as by `turboci run`, so what stands outside of `main` and of `if __name__ == "__main__"` is
    executed. A DAG with problems is drawn, too: the problems are listed on stderr, and the exit code is 2. A plan that
    runs is drawn with its states by `await execution.to_mermaid()`.
    """
    try:
        found = load_dag(file, dag=dag, arguments=arguments)
    except LoadError as error:
        complain(str(error), error.details)
        return Exit.USAGE
    click.echo(found.to_mermaid() if form == "mermaid" else found.to_dot(), nl=False)
    try:
        found.validate()
    except DAGValidationError as error:
        complain(str(error))
        return Exit.USAGE
    return Exit.OK
