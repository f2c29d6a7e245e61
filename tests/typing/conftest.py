from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.typing.checkers import Finding, mypy, pyright
from tests.typing.installation import Installation, install_wheel

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel, in an environment of its own."""
    return install_wheel(tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="session")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of users, far from our sources: what they import is the wheel."""
    folder = tmp_path_factory.mktemp("users")
    for name in ("accepted", "refused"):
        shutil.copytree(HERE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="session")
def findings(users: Path, installed: Installation) -> list[Finding]:
    """What both checkers say about all of them."""
    return sorted(mypy(users, installed) + pyright(users, installed))
