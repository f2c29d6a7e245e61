"""What stands in the files of a run: from an editor, from the notes of an earlier run, or from disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ci_lint.checking.cache import Cache
from ci_lint.checking.notes import Note, digest_of, lasting, stamp_of
from ci_lint.deferred import deferred
from ci_lint.files import SourceText
from ci_lint.reading.glance import Glance
from ci_lint.suppressions.glancing import may_be_remarked

if TYPE_CHECKING:
    from ci_lint.checking import imports
else:
    imports = deferred("ci_lint.checking.imports")

_MOST_GLANCES: Final = 8
"""Answers that are kept for one file; the questions change with the project."""


class Files:
    """The files of one run; each is read when its content is needed, and never because of what a note says."""

    def __init__(self, cache: Cache, question: Glance, contents: Mapping[Path, bytes]) -> None:
        """Remember where contents come from.

        Args:
            cache: The notes of earlier runs.
            question: What will be asked about every file, so that it is answered while the content is at hand.
            contents: What stands in files, whatever the disk says.
        """
        self._cache = cache
        self._question = question
        self._contents = contents
        self._here = f"{Path.cwd()}/"
        self._notes: dict[Path, Note | OSError] = {}
        self._texts: dict[Path, SourceText] = {}

    def content(self, path: Path) -> bytes:
        """Return what stands in a file.

        Raises:
            OSError: It cannot be read.
        """
        return self._contents[path] if path in self._contents else path.read_bytes()

    def text(self, path: Path) -> SourceText:
        """Return the text of a file; an empty one if it cannot be read."""
        if path not in self._texts:
            try:
                self._texts[path] = SourceText.of(self.content(path))
            except OSError:
                # That it cannot be read is a finding at its beginning, and that is shown as any other.
                self._texts[path] = SourceText.of(b"")
        return self._texts[path]

    def note(self, path: Path) -> Note | OSError:
        """Return what is known of a file, or why it cannot be read."""
        if path not in self._notes:
            try:
                self._notes[path] = self._noted(path)
            except OSError as error:
                self._notes[path] = error
        return self._notes[path]

    def _noted(self, path: Path) -> Note:
        if path in self._contents:
            return self._read(self._contents[path], None)
        key = self._key(path)
        stamp = stamp_of(key)
        known = self._cache.notes.get(key)
        if known is not None and known.stamp == stamp:
            return known
        content = path.read_bytes()
        note = self._cache.notes[key] = self._read(content, known)._replace(stamp=lasting(stamp))
        self._cache.touch()
        return note

    def _key(self, path: Path) -> str:
        """Return the absolute path as a string; `Path.absolute` asks the system for the directory each time."""
        name = str(path)
        return name if path.is_absolute() else self._here + name

    def _read(self, content: bytes, known: Note | None) -> Note:
        digest = digest_of(content)
        if known is not None and known.digest == digest:
            return known
        answer = self._question.holds(content)
        return Note(None, digest, may_be_remarked(content), {key_of(self._question): answer})

    def imports(self, path: Path) -> tuple[str, ...]:
        """Return what a file may import; nothing if it cannot be read."""
        note = self.note(path)
        if isinstance(note, OSError):
            return ()
        if note.imports is None:
            try:
                named = imports.imports_of(self.content(path))
            except OSError:
                # It is gone by now; whoever looks at it will say so.
                return ()
            note = self._notes[path] = note._replace(imports=named)
            if path not in self._contents:
                self._cache.notes[self._key(path)] = note
                self._cache.touch()
        return note.imports or ()

    def glance(self, path: Path, question: Glance) -> bool | OSError:
        """Return the answer to a question about the bytes of a file, or why it cannot be read."""
        note = self.note(path)
        if isinstance(note, OSError):
            return note
        key = key_of(question)
        if key not in note.glances:
            if len(note.glances) >= _MOST_GLANCES:
                note.glances.clear()
            try:
                note.glances[key] = question.holds(self.content(path))
            except OSError as error:
                return error
            self._cache.touch()
        return note.glances[key]


def key_of(question: Glance) -> str:
    """Return the same for equal questions."""
    if question.words or question.always:
        return digest_of(repr((question.package, sorted(question.words), question.always)).encode())
    return question.package
