"""The program `turboci`, from its start to its first line of work.

It is apart from `ci` because it comes first: Ctrl-C while everything else is imported ends it without a traceback.
"""

from __future__ import annotations

import importlib
import signal
from typing import Final

_COMMANDS: Final = "ci.cli.main"


def main() -> int:
    """Load the commands and run the one that is asked for; return the exit code.

    A program that was started with SIGINT ignored, as shells do in the background, goes on ignoring it.
    """
    interrupting = signal.getsignal(signal.SIGINT)
    if interrupting is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    commands = importlib.import_module(_COMMANDS)
    signal.signal(signal.SIGINT, interrupting)
    code: int = commands.main()
    return code
