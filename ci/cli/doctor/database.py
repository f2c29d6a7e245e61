"""SQLite, the database file, its lock, and the file system that it is on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ci.cli.doctor.findings import Finding, Health
from orchestrator.upkeep import DatabaseInUse, StorageUnusable, inspect, require_unserved, sqlite_version

_OLDEST_SQLITE: Final = (3, 46, 1)
_REMOTE: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "fuse.sshfs", "glusterfs", "ceph"})


def sqlite() -> Finding:
    """Say which SQLite is used."""
    version = sqlite_version()
    if tuple(int(part) for part in version.split(".")[:3]) < _OLDEST_SQLITE:
        return Finding("sqlite", Health.BAD, f"{version}; 3.46.1 is the oldest that works, upgrade apsw")
    return Finding("sqlite", Health.OK, version)


def database(name: str) -> Iterator[Finding]:
    """Look at a database file, which need not exist."""
    path = Path(name).resolve()
    if not path.exists():
        there = path.parent.is_dir()
        text = "will be created" if there else f"cannot be created: there is no directory {path.parent}"
        yield Finding("database", Health.OK if there else Health.BAD, f"{name} {text}")
        return
    try:
        found = inspect(name)
    except StorageUnusable as error:
        yield Finding("database", Health.BAD, str(error))
        return
    size = f"{name}, {path.stat().st_size / (1 << 20):.1f} MiB, schema {found.schema}"
    if found.damage:
        yield Finding("database", Health.BAD, f"{size}, is damaged: {found.damage}; restore it from a backup")
    elif not found.schema and path.stat().st_size:
        yield Finding("database", Health.BAD, f"{name} is no database of an orchestrator; name another with --db")
    elif found.schema > found.known:
        text = f"{size}, of a newer turboci; this one knows {found.known}, upgrade it"
        yield Finding("database", Health.BAD, text)
    elif found.schema < found.known:
        text = f"{size}; the next start brings it to {found.known}, turboci backup first if you want to go back"
        yield Finding("database", Health.ODD, text)
    else:
        yield Finding("database", Health.OK, size)
    yield _lock(name)


def _lock(name: str) -> Finding:
    try:
        require_unserved(name)
    except DatabaseInUse as error:
        return Finding("lock", Health.OK, str(error))
    except StorageUnusable as error:
        return Finding("lock", Health.BAD, str(error))
    return Finding("lock", Health.OK, f"free: nobody serves {name}")


def file_system(folder: Path, mounts: Path = Path("/proc/mounts")) -> Iterator[Finding]:
    """Say whether a folder is on a network file system, which a database must not be on."""
    if not mounts.exists():
        return
    best, kind = "", ""
    for line in mounts.read_text(errors="replace").splitlines():
        point, found = line.split(" ")[1:3]
        point = point.replace("\\040", " ")
        if folder.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, found
    if kind in _REMOTE:
        yield Finding(
            "file system", Health.BAD, f"{folder} is on {kind}; SQLite needs a local disk, name a file on one with --db"
        )
    elif kind:
        yield Finding("file system", Health.OK, f"{kind} at {best}")
