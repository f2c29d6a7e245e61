"""Where everything is printed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from rich.console import Console


class Output(Console):
    """A console whose reader may go away.

    Leaving by an exception from inside a print, as rich does it then, would tear the server down under its own calls.

    Attributes:
        reader_left: Called once when nobody reads any more; from then on nothing is printed.
    """

    reader_left: Callable[[], None] | None = None

    def on_broken_pipe(self) -> None:
        """Print nothing any more, and say so to whoever wants to know."""
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        if self.reader_left is not None:
            self.reader_left()
