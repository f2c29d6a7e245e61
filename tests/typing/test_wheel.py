from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.typing.checkers import verify_types
from tests.typing.installation import Installation

pytestmark = pytest.mark.timeout(600)


def test_every_public_symbol_has_a_known_type(installed: Installation, tmp_path: Path) -> None:
    """Pyright knows the type of everything in `ci` without inferring it."""
    complete, errors = verify_types("ci", installed, tmp_path)
    assert complete, "\n".join(errors)


def test_the_model_has_known_types_beside_the_generated_code(installed: Installation, tmp_path: Path) -> None:
    """Values come from `turboci`: only what handles generated messages is less than wholly known there."""
    _, errors = verify_types("turboci", installed, tmp_path)
    assert [line for line in errors if "/turboci/v1/" not in line and "/turboci/wire/" not in line] == []


def test_every_package_is_marked_as_typed(installed: Installation) -> None:
    """Type checkers read the annotations of an installed package only if it has a `py.typed`."""
    names = zipfile.ZipFile(installed.wheel).namelist()
    packages = {name.split("/")[0] for name in names if name.endswith("/__init__.py")}
    assert packages == {"ci", "ci_lint", "orchestrator", "pytest_turboci", "turboci", "turboci_command"}
    assert {f"{package}/py.typed" for package in packages} <= set(names)


def test_the_wheel_runs_with_nothing_but_what_it_requires(installed: Installation, tmp_path: Path) -> None:
    """What is imported is in the wheel or among its dependencies."""
    program = 'import ci\ndag = ci.DAG("hello")\ndag.shell("greet", "echo hello")\nprint(ci.run(dag).ok, ci.__file__)'
    done = subprocess.run([installed.python, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "succeeded greet\n")
    assert done.stdout == f"True {installed.site / 'ci' / '__init__.py'}\n"
