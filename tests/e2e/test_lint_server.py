"""`ci-lint server`, as an editor talks to it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

SOURCE = "x = 1\nname = '🚀'; a = 1  # ci-lint: ignore[CI003]\nb = 1  # ci-lint: ignore\n"
LIMIT = 30


class Editor:
    """An editor with one project."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.client = LanguageClient("editor", "1")
        self._published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self.messages: asyncio.Queue[types.ShowMessageParams] = asyncio.Queue()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
        def published(params: types.PublishDiagnosticsParams) -> None:
            self._published.put_nowait(params)

        @self.client.feature(types.WINDOW_SHOW_MESSAGE)  # type: ignore[untyped-decorator]
        def told(params: types.ShowMessageParams) -> None:
            self.messages.put_nowait(params)

    async def start(self, encoding: types.PositionEncodingKind = types.PositionEncodingKind.Utf16) -> None:
        await self.client.start_io(sys.executable, "-m", "ci_lint", "server", "--stdio")
        general = types.GeneralClientCapabilities(position_encodings=[encoding])
        await self.client.initialize_async(
            types.InitializeParams(types.ClientCapabilities(general=general), root_uri=self.root.as_uri())
        )
        self.client.initialized(types.InitializedParams())

    async def stop(self) -> None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()  # type: ignore[no-untyped-call]

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def open(self, name: str, text: str) -> None:
        document = types.TextDocumentItem(self.uri(name), types.LanguageKind.Python, 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(document))

    def change(self, name: str, text: str, version: int) -> None:
        document = types.VersionedTextDocumentIdentifier(version, self.uri(name))
        whole = [types.TextDocumentContentChangeWholeDocument(text)]
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, whole))

    async def published(self, name: str, version: int | None = 1) -> list[types.Diagnostic]:
        while True:
            params = await asyncio.wait_for(self._published.get(), LIMIT)
            if params.uri == self.uri(name) and params.version == version:
                return list(params.diagnostics)

    async def actions(
        self, name: str, line: int, only: list[types.CodeActionKind | str] | None = None
    ) -> list[types.CodeAction]:
        everywhere = types.Range(types.Position(line, 0), types.Position(line, 99))
        answer = await self.client.text_document_code_action_async(
            types.CodeActionParams(
                types.TextDocumentIdentifier(self.uri(name)), everywhere, types.CodeActionContext([], only=only)
            )
        )
        return [each for each in answer or [] if isinstance(each, types.CodeAction)]


@pytest.fixture
async def editor(tmp_path: Path) -> AsyncIterator[Editor]:
    (tmp_path / ".git").mkdir()
    editor = Editor(tmp_path)
    await editor.start()
    yield editor
    await editor.stop()


async def test_findings_appear_and_go_while_somebody_types(editor: Editor) -> None:
    """What is open is checked as it is on the screen, whatever is on the disk."""
    editor.open("a.py", SOURCE)
    first, second = await editor.published("a.py")
    assert (first.code, first.source, first.severity) == ("CI090", "ci-lint", types.DiagnosticSeverity.Warning)
    assert second.code == "CI091"
    assert first.range.start == types.Position(1, 20)
    editor.change("a.py", "x = 1\n", 2)
    assert await editor.published("a.py", 2) == []
    editor.client.text_document_did_close(
        types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(editor.uri("a.py")))
    )
    assert await editor.published("a.py", None) == []


async def test_findings_are_mended_by_quick_fixes(editor: Editor) -> None:
    """A fix comes as an edit of the document, and all safe ones together as one action."""
    editor.open("a.py", SOURCE)
    await editor.published("a.py")
    (action,) = await editor.actions("a.py", 1)
    assert action.title == "Remove the comment (CI090)"
    assert action.is_preferred
    assert action.edit is not None
    assert action.edit.changes is not None
    (edit,) = action.edit.changes[editor.uri("a.py")]
    assert edit == types.TextEdit(types.Range(types.Position(1, 18), types.Position(1, 44)), "")
    assert await editor.actions("a.py", 0) == []
    (everything,) = await editor.actions("a.py", 0, ["source.fixAll"])
    assert everything.edit is not None
    assert everything.edit.changes is not None
    (whole,) = everything.edit.changes[editor.uri("a.py")]
    assert whole.new_text == SOURCE.replace("  # ci-lint: ignore[CI003]", "")


async def test_the_configuration_is_that_of_the_project(editor: Editor) -> None:
    """Rules that the project leaves out are left out, and a mistake in the configuration is told once."""
    (editor.root / "pyproject.toml").write_text('[tool.ci-lint]\nignore = ["CI090"]\nexclude = ["gen/"]\n')
    editor.open("a.py", SOURCE)
    assert [each.code for each in await editor.published("a.py")] == ["CI091"]
    (editor.root / "pyproject.toml").write_text("[tool.ci-lint]\nignor = []\n")
    editor.change("a.py", SOURCE, 2)
    message = await asyncio.wait_for(editor.messages.get(), LIMIT)
    assert "unknown key tool.ci-lint.ignor (did you mean 'ignore'?)" in message.message
    assert message.type == types.MessageType.Error


async def test_columns_are_counted_as_the_editor_counts(tmp_path: Path) -> None:
    """An editor that counts bytes is told bytes."""
    editor = Editor(tmp_path)
    await editor.start(types.PositionEncodingKind.Utf8)
    try:
        editor.open("a.py", SOURCE)
        first, _ = await editor.published("a.py")
        assert first.range.start == types.Position(1, 22)
    finally:
        await editor.stop()
