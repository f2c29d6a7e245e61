"""What a run leaves for the next one: a file in the project's root."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import io
import os
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from ci_lint.checking.notes import Note, Stamp
from ci_lint.errors import LintError
from ci_lint.files import write_atomically
from ci_lint.findings import Diagnostic

DIRECTORY: Final = ".ci_lint_cache"
VARIABLE: Final = "CI_LINT_CACHE_DIR"
_MAGIC: Final = b"ci-lint cache 2\n"
_PACKAGE: Final = Path(__file__).resolve().parent.parent
_MOST_RUNS: Final = 16
_MOST_OUTCOMES: Final = 20_000
_MOST_NOTES: Final = 100_000
_PATHS: Final = frozenset({"PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath"})

Value = TypeVar("Value")
Run: TypeAlias = Mapping[str, tuple[Diagnostic, ...]]
"""The findings of a run, before comments hide any, for the files that have some."""


def cache_directory(root: Path) -> Path:
    """Return where a project's cache is: in the project, unless the environment names another place."""
    elsewhere = os.environ.get(VARIABLE)
    return Path(elsewhere) if elsewhere else root / DIRECTORY


class Cache:
    """What is known of files and of earlier runs.

    What cannot be read, was damaged, or comes from another version of the linter or of Python is as if it were not
    there. Where nothing can be written, the next run has to start anew; that is no error.
    """

    def __init__(self, directory: Path | None) -> None:
        """Read what is there.

        Args:
            directory: Where the cache is; None keeps everything in memory.
        """
        self.notes: dict[str, Note] = {}
        self.outcomes: dict[str, bytes] = {}
        self.runs: dict[str, bytes] = {}
        self._directory = directory
        self._fingerprint = "" if directory is None else fingerprint()
        self._dirty = False
        if directory is not None:
            self._load(directory / "cache")

    def touch(self) -> None:
        """Remember that there is something to write."""
        self._dirty = True

    def run(self, key: str) -> Run | None:
        """Return what a run over the same files found."""
        data = self.runs.get(key)
        found = None if data is None else load_safely(data)
        return found if isinstance(found, dict) else None

    def keep_run(self, key: str, found: Run) -> None:
        """Remember what a run found; the latest few are kept."""
        self.runs.pop(key, None)
        self.runs[key] = pickle.dumps(dict(found), protocol=5)
        _keep_latest(self.runs, _MOST_RUNS)
        self.touch()

    def _load(self, file: Path) -> None:
        try:
            content = file.read_bytes()
        except OSError:
            return
        size = len(_MAGIC) + hashlib.blake2b().digest_size
        payload = content[size:]
        if content[:size] != _MAGIC + hashlib.blake2b(payload).digest():
            return
        kept = load_safely(payload)
        if isinstance(kept, tuple) and len(kept) == 4 and kept[0] == self._fingerprint:
            _, notes, self.outcomes, self.runs = kept
            self.notes = {
                path: Note(None if stamp is None else Stamp(*stamp), *rest) for path, (stamp, *rest) in notes.items()
            }

    def save(self) -> None:
        """Write it for the next run, if there is anything new."""
        if self._directory is None or not self._dirty:
            return
        _keep_latest(self.outcomes, _MOST_OUTCOMES)
        _keep_latest(self.notes, _MOST_NOTES)
        notes = {path: (note.stamp and tuple(note.stamp), *note[1:]) for path, note in self.notes.items()}
        payload = pickle.dumps((self._fingerprint, notes, self.outcomes, self.runs), protocol=5)
        try:
            _prepare(self._directory)
            write_atomically(self._directory / "cache", _MAGIC + hashlib.blake2b(payload).digest() + payload)
        except (OSError, LintError):
            # A read-only project is linted like any other; only the next run is not quicker.
            return
        self._dirty = False


def _keep_latest(kept: dict[str, Value], most: int) -> None:
    """Drop what came first, until there is no more than wanted."""
    while len(kept) > most:
        del kept[next(iter(kept))]


def _prepare(directory: Path) -> None:
    """Make the directory so that neither git nor backups take it."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in (
        (".gitignore", "# Made by ci-lint.\n*\n"),
        ("CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n"),
    ):
        if not (directory / name).exists():
            (directory / name).write_text(content, "utf-8")


class _Unpickler(pickle.Unpickler):
    """Makes values of the linter and nothing else: whoever can write into a project cannot have code run."""

    def find_class(self, module_name: str, global_name: str) -> object:
        """Return a class of values.

        Raises:
            pickle.UnpicklingError: It is none.
        """
        if module_name.partition(".")[0] == "ci_lint" or (
            module_name.startswith("pathlib") and global_name in _PATHS and "." not in global_name
        ):
            found = super().find_class(module_name, global_name)
            if isinstance(found, type) and (
                dataclasses.is_dataclass(found) or issubclass(found, enum.Enum | Path) or global_name in _PATHS
            ):
                return found
        raise pickle.UnpicklingError(f"{module_name}.{global_name} is no value of the linter")


def load_safely(data: bytes) -> object:
    """Return the values in some bytes; None if they are damaged or hold anything else."""
    try:
        return _Unpickler(io.BytesIO(data)).load()
    except Exception:
        # Damaged bytes raise anything, and all of it means the same: not there
        return None


def fingerprint() -> str:
    """Return what changes when the linter or the Python that it parses with does."""
    facts: list[object] = [sys.version_info[:3], sys.platform]
    for directory, _, names in sorted(os.walk(_PACKAGE)):
        if not directory.endswith("__pycache__"):
            facts.extend((name, _look(f"{directory}/{name}")) for name in sorted(names))
    return hashlib.blake2b(repr(facts).encode(), digest_size=16).hexdigest()


def _look(path: str) -> tuple[int, int]:
    found = os.stat(path)  # noqa: PTH116 - a hundred times a run
    return found.st_size, found.st_mtime_ns
