"""Environments that are made once and kept, one for each peer."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

INSTALLATION: Final = 300.0
"""Seconds that pip gets."""


class NotInstalled(Exception):
    """A peer cannot be installed here; the text says why."""


def default_cache() -> Path:
    """Return where environments are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "turboci-benchmarks"


def python_with(requirements: Sequence[str], cache: Path) -> Path:
    """Return a Python that has these packages; it is installed if it is not there.

    Raises:
        NotInstalled: pip cannot install them.
    """
    if not requirements:
        return Path(sys.executable)
    key = hashlib.sha256("\n".join([platform.python_version(), *requirements]).encode()).hexdigest()[:12]
    folder = cache.absolute() / f"{requirements[0].partition('>')[0]}-{key}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"installing {', '.join(requirements)} in {folder}", file=sys.stderr, flush=True)
        _run(sys.executable, "-m", "venv", str(folder))
        _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements)
        (folder / "complete").touch()
    return python


def _run(*command: str) -> None:
    """Run a command.

    Raises:
        NotInstalled: It fails, or takes too long.
    """
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=INSTALLATION
        )
    except subprocess.TimeoutExpired as error:
        raise NotInstalled(f"could not be installed within {INSTALLATION:g} s") from error
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        raise NotInstalled(f"could not be installed: {last}")
