"""The wheel as a user has it: built, and installed in an environment with nothing but what it requires."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Installation:
    """An environment that has the wheel.

    Attributes:
        wheel: The file that was installed.
        python: The interpreter of the environment.
        site: Where packages are.
    """

    wheel: Path
    python: Path
    site: Path


def install_wheel(folder: Path) -> Installation:
    """Build the wheel and install it below `folder`.

    What it requires is linked from the environment of the tests, so that no network is needed and nothing else, stubs
    of the type checkers among it, can be found.
    """
    _python("-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(ROOT))
    (wheel,) = (folder / "dist").glob("*.whl")
    environment = folder / "environment"
    _python("-m", "venv", "--without-pip", str(environment))
    python = environment / "bin" / "python"
    pip = ("-m", "pip", "--quiet", "--disable-pip-version-check", "--python", str(python))
    _python(*pip, "install", "--no-deps", "--no-index", str(wheel))
    (site,) = (environment / "lib").glob("python*/site-packages")
    for each in _required("turboci-lite", set()):
        _link(each, site)
    return Installation(wheel, python, site)


def _required(name: str, seen: set[str]) -> Iterator[Distribution]:
    """Yield everything that a distribution requires without extras."""
    for line in distribution(name).requires or ():
        requirement = Requirement(line)
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if wanted and requirement.name not in seen:
            seen.add(requirement.name)
            yield distribution(requirement.name)
            yield from _required(requirement.name, seen)


def _link(each: Distribution, site: Path) -> None:
    tops = {file.parts[0] for file in each.files or () if file.parts[0] not in {"..", "__pycache__"}}
    for top in tops:
        if not (site / top).exists():
            (site / top).symlink_to(Path(str(each.locate_file(top))))


def _python(*arguments: str) -> None:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{arguments}\n{done.stdout}{done.stderr}"
