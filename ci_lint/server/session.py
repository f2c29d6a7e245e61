"""One editor's session: what it opens is checked when it has been quiet for a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ci_lint.errors import LintError
from ci_lint.server.documents import Documents, Judged, content_of
from ci_lint.server.translation import FIX_ALL, SOURCE, Translation

QUIET: Final = 0.15
"""Seconds without a keystroke after which documents are checked."""
_NAMELESS: Final = "<untitled>"


@dataclass(frozen=True, slots=True)
class Known:
    """What was found in a document, and in which version of it."""

    version: int | None
    judged: Judged
    translation: Translation


class Session:
    """Keeps the findings of open documents up to date."""

    def __init__(self, server: LanguageServer) -> None:
        """Start with nothing open."""
        self._server = server
        self._documents = Documents()
        self._opened: set[str] = set()
        self._known: dict[str, Known] = {}
        self._turn = 0
        self._lock = asyncio.Lock()
        self._complaint = ""

    async def open(self, uri: str) -> None:
        """Take in a document."""
        self._opened.add(uri)
        await self.refresh(0)

    async def close(self, uri: str) -> None:
        """Forget a document, and take its findings away."""
        self._opened.discard(uri)
        self._known.pop(uri, None)
        self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))
        await self.refresh()

    async def refresh(self, quiet: float = QUIET) -> None:
        """Check all open documents, unless something changes within some seconds: then whoever changed it will."""
        self._turn += 1
        turn = self._turn
        await asyncio.sleep(quiet)
        if turn != self._turn:
            return
        async with self._lock:
            if turn == self._turn:
                await self._check()

    async def _check(self) -> None:
        versions = {uri: self._server.workspace.get_text_document(uri) for uri in sorted(self._opened)}
        places = {uri: _path(document.path) for uri, document in versions.items()}
        contents = {places[uri]: content_of(document.source) for uri, document in versions.items()}
        numbers = {uri: document.version for uri, document in versions.items()}
        try:
            judged = await asyncio.to_thread(self._documents.check, contents)
        except LintError as error:
            self._complain(str(error))
            return
        self._complaint = ""
        for uri, path in places.items():
            if uri in self._opened:
                self._publish(uri, numbers[uri], judged[path])

    def _complain(self, text: str) -> None:
        """Show an error, but not with every keystroke."""
        if text != self._complaint:
            self._complaint = text
            self._server.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"{SOURCE}: {text}"))

    def _publish(self, uri: str, version: int | None, judged: Judged) -> None:
        translation = Translation(judged.text, uri, self._server.workspace.position_encoding)
        self._known[uri] = Known(version, judged, translation)
        diagnostics = [translation.diagnostic(found) for found in judged.found]
        self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics, version))

    def actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """Return what can be done about the findings in a range; nothing while they are about an older text."""
        uri = params.text_document.uri
        known = self._known.get(uri)
        document = self._server.workspace.get_text_document(uri)
        if known is None or known.version != document.version:
            return []
        wanted = params.context.only
        actions: list[types.CodeAction] = []
        if wanted is None or _covers(wanted, types.CodeActionKind.QuickFix):
            actions.extend(_quick_fixes(known, params.range))
        if wanted is not None and _covers(wanted, FIX_ALL):
            actions.extend(self._fix_all(known, _path(document.path)))
        return actions

    def _fix_all(self, known: Known, path: Path) -> Iterator[types.CodeAction]:
        content = known.judged.text.content
        try:
            after = self._documents.mended(path, content)
        except LintError as error:
            self._complain(str(error))
            return
        if after != content:
            edit = known.translation.replacement(after)
            yield types.CodeAction("Mend all that is safe (ci-lint)", FIX_ALL, edit=edit)


def _quick_fixes(known: Known, wanted: types.Range) -> Iterator[types.CodeAction]:
    for found in known.judged.found:
        place = known.translation.range(found.span)
        if place.start <= wanted.end and wanted.start <= place.end:
            for action in (known.translation.action(found), known.translation.suppression(found)):
                if action is not None:
                    yield action


def _covers(wanted: object, kind: str) -> bool:
    """Return whether one of the kinds that are asked for is a kind or stands above it."""
    kinds = wanted if isinstance(wanted, list | tuple) else ()
    names = [each.value if isinstance(each, types.CodeActionKind) else str(each) for each in kinds]
    return any(kind == name or kind.startswith(f"{name}.") for name in names)


def _path(path: str) -> Path:
    return Path(path or _NAMELESS)


def language_server() -> LanguageServer:
    """Return a server that is ready to be started."""
    server = LanguageServer(SOURCE, metadata.version("turboci-lite"))
    session = Session(server)
    kinds = [types.CodeActionKind.QuickFix, FIX_ALL]

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        await session.open(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: types.DidCloseTextDocumentParams) -> None:
        await session.close(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidChangeTextDocumentParams) -> None:  # noqa: ARG001
        await session.refresh()

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def saved(params: types.DidSaveTextDocumentParams) -> None:  # noqa: ARG001
        await session.refresh(0)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def elsewhere(params: types.DidChangeWatchedFilesParams) -> None:  # noqa: ARG001
        await session.refresh()

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(kinds))
    async def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        return session.actions(params)

    return server
