"""What the doctor says of files and file systems."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import ci
from ci.cli.doctor.database import database, file_system, sqlite
from ci.cli.doctor.findings import Finding, Health
from ci.cli.doctor.machine import clock, disk, open_files, python
from ci.cli.doctor.network import port
from tests.e2e.servers import free_port


def health(findings: list[Finding]) -> dict[str, Health]:
    return {finding.thing: finding.health for finding in findings}


def test_this_machine_is_well(tmp_path: Path) -> None:
    """Everything that tests need is there."""
    found = [python(), sqlite(), open_files(), *disk(tmp_path), *clock(tmp_path)]
    assert Health.BAD not in health(found).values()
    assert {"python", "sqlite", "disk", "sync", "clock", "open files"} == set(health(found))
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_to_come(tmp_path: Path) -> None:
    """A file that does not exist is fine if its directory does."""
    assert health(list(database(str(tmp_path / "new.db")))) == {"database": Health.OK}
    [missing] = database(str(tmp_path / "absent" / "new.db"))
    assert (missing.health, "there is no directory" in missing.text) == (Health.BAD, True)


async def test_a_database_of_ours(tmp_path: Path) -> None:
    """It is well, and its lock says whether it is served."""
    path = str(tmp_path / "turboci.db")
    async with ci.local(path):
        served = list(database(path))
    free = list(database(path))
    assert health(served) == health(free) == {"database": Health.OK, "lock": Health.OK}
    assert "is in use by process" in served[1].text
    assert "free" in free[1].text


def test_what_is_no_database(tmp_path: Path) -> None:
    """Other files, other databases and damaged ones are told apart."""
    (tmp_path / "text.db").write_text("hello " * 500)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE t (x)")
    assert "is not a SQLite database" in next(database(str(tmp_path / "text.db"))).text
    assert "is no database of an orchestrator" in next(database(str(tmp_path / "other.db"))).text


def test_network_file_systems_are_bad(tmp_path: Path) -> None:
    """The innermost mount decides."""
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n")
    assert health(list(file_system(tmp_path, mounts))) == {"file system": Health.BAD}
    assert health(list(file_system(Path("/"), mounts))) == {"file system": Health.OK}


def test_a_port_that_is_taken_by_somebody_else() -> None:
    """It is bad; a free one is well."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        [found] = port(f"127.0.0.1:{taken.getsockname()[1]}")
    assert (found.health, "no orchestrator answers there" in found.text) == (Health.BAD, True)
    assert health(list(port(f"127.0.0.1:{free_port()}"))) == {"port": Health.OK}
    assert "is no address" in next(port("127.0.0.1:99999")).text
