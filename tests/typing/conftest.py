from __future__ import annotations

import fcntl
import os
import pickle
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.typing.checkers import Finding, mypy, pyright
from tests.typing.installation import Installation, install_wheel

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of one run share, so that what is expensive is done once."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "typing"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one worker in."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def installed(workplace: Path) -> Installation:
    """The wheel, in an environment of its own."""
    done = workplace / "installed.pickle"
    with alone(workplace):
        if not done.exists():
            done.write_bytes(pickle.dumps(install_wheel(workplace)))
    known: Installation = pickle.loads(done.read_bytes())
    return known


@pytest.fixture(scope="session")
def users(workplace: Path) -> Path:
    """The files of users, far from our sources: what they import is the wheel."""
    folder = workplace / "users"
    with alone(workplace):
        for name in ("accepted", "refused"):
            if not (folder / name).exists():
                shutil.copytree(HERE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="session")
def findings(workplace: Path, users: Path, installed: Installation) -> list[Finding]:
    """What both checkers say about all of them."""
    done = workplace / "findings.pickle"
    with alone(workplace):
        if not done.exists():
            done.write_bytes(pickle.dumps(sorted(mypy(users, installed) + pyright(users, installed))))
    known: list[Finding] = pickle.loads(done.read_bytes())
    return known
