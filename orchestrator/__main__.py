"""The server alone: ``python -m orchestrator``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from orchestrator.app import run_until_signal
from orchestrator.config import Config, settings
from turboci.errors import InvalidArgument

USAGE_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal; return the exit code."""
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    try:
        config = Config.from_environment(os.environ, given)
    except InvalidArgument as error:
        sys.stderr.write(f"error: {error}\n")
        return USAGE_ERROR
    return run_until_signal(config)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m orchestrator",
        description="Serve work plans over gRPC. A flag goes before its environment variable.",
        allow_abbrev=False,
    )
    for setting in settings():
        parser.add_argument(
            setting.flag,
            dest=setting.name,
            metavar="VALUE",
            help=f"{setting.help} [{setting.variable}; default {setting.default_text}]".replace("%", "%%"),
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
