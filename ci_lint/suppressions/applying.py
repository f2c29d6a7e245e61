"""From findings and comments to what is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ci_lint.catalogue import ALWAYS, rule_named
from ci_lint.files import SourceText
from ci_lint.findings import Diagnostic
from ci_lint.problems import INVALID_SUPPRESSION, UNUSED_SUPPRESSION
from ci_lint.suppressions.comments import comments_of
from ci_lint.suppressions.directives import Directive, Item, Scope, directives_of
from ci_lint.suppressions.glancing import may_suppress
from ci_lint.suppressions.mistakes import malformed, unknown, unused

_NEVER_HIDDEN = frozenset(rule.code for rule in ALWAYS)
_ABOUT_COMMENTS = frozenset({UNUSED_SUPPRESSION.code, INVALID_SUPPRESSION.code})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is left of a file's findings.

    Attributes:
        shown: What no comment hides, with what is wrong about comments, in order of position.
        hidden: What a comment hides.
    """

    shown: tuple[Diagnostic, ...]
    hidden: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class _Hider:
    """One rule that one directive hides on some lines; `code` is None for all rules."""

    directive: Directive
    item: Item | None
    code: str | None

    def hides(self, found: Diagnostic, first: int, last: int) -> bool:
        """Return whether it hides a finding that stands on the lines from `first` to `last`."""
        if found.code in _NEVER_HIDDEN or self.code not in {None, found.code}:
            return False
        if self.directive.scope is Scope.FILE:
            return True
        comment = self.directive.comment
        return first <= comment.last and comment.first <= last


def apply(
    found: Sequence[Diagnostic], path: Path, content: bytes, codes: frozenset[str], text: SourceText | None = None
) -> Verdict:
    """Hide what comments hide, and say which comments are wrong or hide nothing.

    Args:
        found: The findings of the rules in one file.
        path: The file.
        content: Its bytes.
        codes: The rules that ran on it; a comment is not unused because its rule did not run.
        text: The same as text, if the caller has it.
    """
    if not may_suppress(content) or any(each.code in _NEVER_HIDDEN for each in found):
        return Verdict(_sorted(found))
    text = text or SourceText.of(content)
    directives = [each for comment in comments_of(text) for each in directives_of(comment, text)]
    if not directives:
        return Verdict(_sorted(found))
    hiders = [hider for directive in directives for hider in _hiders(directive)]
    shown, hidden, used = _divide(found, hiders, text)
    mistakes = [*_invalid(directives, path), *_unused(directives, hiders, used, path, text, codes)]
    visible, more, _ = _divide([each for each in mistakes if each.code in codes], hiders, text)
    return Verdict(_sorted([*shown, *visible]), (*hidden, *more))


def _sorted(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(found, key=_place))


def _place(found: Diagnostic) -> tuple[int, int, str, str]:
    return found.span.start, found.span.end, found.code, found.message


def _hiders(directive: Directive) -> list[_Hider]:
    if directive.is_ours:
        if malformed(directive, Path()) is not None:
            return []
        named = [(item, rule_named(item.text)) for item in directive.items]
    elif not directive.items:
        return [_Hider(directive, None, None)]
    else:
        named = [(item, rule_named(item.text.upper())) for item in directive.items]
    return [_Hider(directive, item, rule.code) for item, rule in named if rule is not None]


def _divide(
    found: Iterable[Diagnostic], hiders: Sequence[_Hider], text: SourceText
) -> tuple[list[Diagnostic], list[Diagnostic], set[int]]:
    """Return what is shown, what is hidden, and which hiders (by their place in the list) hid something."""
    shown: list[Diagnostic] = []
    hidden: list[Diagnostic] = []
    used: set[int] = set()
    for each in found:
        first, last = text.line_at(each.span.start), text.line_at(max(each.span.start, each.span.end - 1))
        hiding = {index for index, hider in enumerate(hiders) if hider.hides(each, first, last)}
        used |= hiding
        (hidden if hiding else shown).append(each)
    return shown, hidden, used


def _invalid(directives: Iterable[Directive], path: Path) -> Iterable[Diagnostic]:
    for directive in directives:
        if not directive.is_ours:
            continue
        if (mistake := malformed(directive, path)) is not None:
            yield mistake
            continue
        for item in directive.items:
            if (wrong := unknown(item, directive, path)) is not None:
                yield wrong


def _unused(
    directives: Iterable[Directive],
    hiders: Sequence[_Hider],
    used: set[int],
    path: Path,
    text: SourceText,
    codes: frozenset[str],
) -> Iterable[Diagnostic]:
    idle = [hider for index, hider in enumerate(hiders) if index not in used and hider.item is not None]
    for directive in directives:
        items = [
            hider.item
            for hider in idle
            if hider.directive is directive and hider.item and hider.code in codes - _ABOUT_COMMENTS
        ]
        if items:
            yield unused(directive, items, path, text)
