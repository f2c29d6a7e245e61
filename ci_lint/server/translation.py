"""From findings to what the protocol of language servers calls them."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from ci_lint.catalogue import BY_CODE, TOOL_ERRORS
from ci_lint.files import SourceText
from ci_lint.findings import Diagnostic, Safety, Span
from ci_lint.problems import DEPRECATED_API, UNUSED_SUPPRESSION

SOURCE = "ci-lint"
FIX_ALL = "source.fixAll.ci-lint"


class Translation:
    """Translates places in one text, in the unit that editor and server agreed upon."""

    def __init__(self, text: SourceText, uri: str, encoding: str | None) -> None:
        """Remember the text.

        Args:
            text: Where the places are.
            uri: What the editor calls it.
            encoding: The unit of columns; None is what the protocol supposes.
        """
        self._text = text
        self._uri = uri
        self._encoding = encoding or types.PositionEncodingKind.Utf16

    def position(self, offset: int) -> types.Position:
        """Return the place of a byte."""
        offset = min(offset, len(self._text.content))
        line = self._text.line_at(offset)
        before = self._text.decoded(self._text.starts[line - 1], offset)
        return types.Position(line - 1, self._units(before))

    def _units(self, text: str) -> int:
        match self._encoding:
            case types.PositionEncodingKind.Utf8:
                return len(text.encode("utf-8", "replace"))
            case types.PositionEncodingKind.Utf32:
                return len(text)
        return len(text.encode("utf-16-le", "replace")) // 2

    def range(self, span: Span) -> types.Range:
        """Return the place of a span."""
        return types.Range(self.position(span.start), self.position(span.end))

    def diagnostic(self, found: Diagnostic) -> types.Diagnostic:
        """Return a finding."""
        related = [
            types.DiagnosticRelatedInformation(types.Location(self._uri, self.range(label.span)), label.text)
            for label in found.labels
        ]
        return types.Diagnostic(
            self.range(found.span),
            f"{found.message}\n{found.help}" if found.help else found.message,
            severity=types.DiagnosticSeverity.Error if _is_grave(found) else types.DiagnosticSeverity.Warning,
            code=found.code,
            source=SOURCE,
            tags=_tags(found),
            related_information=related or None,
        )

    def action(self, found: Diagnostic) -> types.CodeAction | None:
        """Return the quick fix of a finding, if it has one."""
        if found.fix is None:
            return None
        edits = [
            types.TextEdit(self.range(edit.span), edit.replacement.decode(self._text.encoding, "replace"))
            for edit in found.fix.edits
        ]
        safe = found.fix.safety is Safety.SAFE
        doubt = "" if safe else "; may change what the code does"
        title = f"{found.fix.title[:1].upper()}{found.fix.title[1:]} ({found.code}{doubt})"
        return types.CodeAction(
            title,
            types.CodeActionKind.QuickFix,
            diagnostics=[self.diagnostic(found)],
            is_preferred=safe,
            edit=self.workspace_edit(edits),
        )

    def suppression(self, found: Diagnostic) -> types.CodeAction | None:
        """Return the action that hides a finding by a comment, if that is possible."""
        if found.code not in BY_CODE or found.code.startswith(("CI9", "CI09")):
            return None
        line = self._text.line_at(found.span.start)
        end = self._text.line_span(line)[1]
        if b"#" in self._text.content[found.span.start : end] or self._text.line_text(line).endswith("\\"):
            return None
        place = types.Range(self.position(end), self.position(end))
        edit = types.TextEdit(place, f"  # ci-lint: ignore[{found.code}]")
        return types.CodeAction(
            f"Suppress {found.code} on this line",
            types.CodeActionKind.QuickFix,
            diagnostics=[self.diagnostic(found)],
            edit=self.workspace_edit([edit]),
        )

    def replacement(self, content: bytes) -> types.WorkspaceEdit:
        """Return the edit that puts other content into the whole document."""
        everything = types.Range(self.position(0), self.position(len(self._text.content)))
        mark = 3 if content.startswith(b"\xef\xbb\xbf") else 0
        edit = types.TextEdit(everything, content[mark:].decode(self._text.encoding, "replace"))
        return self.workspace_edit([edit])

    def workspace_edit(self, edits: Sequence[types.TextEdit]) -> types.WorkspaceEdit:
        """Return edits in this document."""
        return types.WorkspaceEdit(changes={self._uri: list(edits)})


def _is_grave(found: Diagnostic) -> bool:
    """Return whether the workflow would go wrong, as opposed to a comment that would."""
    return found.code in TOOL_ERRORS or not found.code.startswith("CI09")


def _tags(found: Diagnostic) -> list[types.DiagnosticTag] | None:
    match found.code:
        case UNUSED_SUPPRESSION.code:
            return [types.DiagnosticTag.Unnecessary]
        case DEPRECATED_API.code:
            return [types.DiagnosticTag.Deprecated]
    return None
