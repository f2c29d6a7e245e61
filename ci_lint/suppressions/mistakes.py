"""CI090 and CI091: comments that hide nothing, and comments that cannot be understood."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ci_lint.catalogue import ALWAYS, RENAMED, known_words, rule_named
from ci_lint.errors import did_you_mean
from ci_lint.files import SourceText
from ci_lint.findings import Diagnostic, Edit, Fix, Safety, Span
from ci_lint.problems import INVALID_SUPPRESSION, UNUSED_SUPPRESSION
from ci_lint.suppressions.directives import WORDS, Directive, Item

_EXAMPLE: Final = "write `# ci-lint: ignore[CI003]` or `# ci-lint: ignore-file[CI003]`"


def renamed(word: str) -> str | None:
    """Return what a word certainly means: a former name, or another spelling of a rule; None if nothing."""
    tidy = word.strip("\"'").replace("_", "-")
    for candidate in (tidy.upper(), tidy.lower()):
        now = RENAMED.get(candidate, candidate)
        if (rule := rule_named(now)) is not None:
            return rule.code if candidate.startswith("CI") else rule.name
    return None


def malformed(directive: Directive, path: Path) -> Diagnostic | None:
    """Return what is wrong with the form of a directive of ours; None if it is right."""
    if directive.word not in WORDS:
        said = f"says {directive.word!r}" if directive.word else "says nothing"
        problem = f"{said}, which is no way to suppress a finding{did_you_mean(directive.word, WORDS)}; {_EXAMPLE}"
    elif not directive.closed:
        problem = f"does not list its rules in brackets; {_EXAMPLE}"
    elif not directive.items:
        problem = f"names no rule; {_EXAMPLE}"
    elif directive.word == "ignore-file" and not directive.comment.alone:
        problem = "speaks for the whole file; put it on a line of its own"
    else:
        return None
    span = Span(directive.start, directive.end)
    return Diagnostic(path, span, INVALID_SUPPRESSION.code, f"the comment {problem}")


def unknown(item: Item, directive: Directive, path: Path) -> Diagnostic | None:
    """Return what is wrong with a word in a directive of ours; None if a rule is called so and can be suppressed."""
    rule = rule_named(item.text)
    if rule is not None and rule not in ALWAYS:
        return None
    span = Span(item.start, item.end)
    if rule is not None:
        message = f"{rule.code} ({rule.name}) cannot be suppressed: it says that the file was not checked"
        return Diagnostic(path, span, INVALID_SUPPRESSION.code, message)
    now = renamed(item.text)
    near = f" (did you mean {now!r}?)" if now else did_you_mean(item.text, known_words())
    message = INVALID_SUPPRESSION.text(comment=f"`{directive.word}`", code=repr(item.text), near_miss=near)
    fix = now and Fix(f"write {now}", (Edit(span, now.encode("ascii")),), Safety.SAFE)
    return Diagnostic(path, span, INVALID_SUPPRESSION.code, message, fix=fix or None)


def unused(directive: Directive, items: Sequence[Item], path: Path, text: SourceText) -> Diagnostic:
    """Return that some of the rules that a directive names hide nothing.

    Args:
        directive: The directive.
        items: Those of its items that hide nothing; at least one.
        path: The file.
        text: Its text.
    """
    named = ", ".join(item.text for item in items)
    everything = len(items) == len(directive.items)
    start = directive.start if everything else items[0].start
    span = Span(start, directive.end if everything else items[-1].end)
    message = UNUSED_SUPPRESSION.text(comment=f"`{directive.word}` of {named}")
    edits = _without_directive(directive, text) if everything else _without_items(directive, items)
    title = "remove the comment" if everything else f"remove {named} from the comment"
    return Diagnostic(path, span, UNUSED_SUPPRESSION.code, message, fix=Fix(title, edits, Safety.SAFE))


def _without_items(directive: Directive, items: Sequence[Item]) -> tuple[Edit, ...]:
    """Remove each item together with what separates it from its neighbour."""
    spans: list[tuple[int, int]] = []
    everything = directive.items
    kept_before = False
    for index, item in enumerate(everything):
        if item not in items:
            kept_before = True
        elif kept_before:
            spans.append((everything[index - 1].end, item.end))
        else:
            spans.append((item.start, everything[index + 1].start))
    return tuple(Edit(Span(*span), b"") for span in spans)


def _without_directive(directive: Directive, text: SourceText) -> tuple[Edit, ...]:
    """Remove the directive, and what would be left empty around it: its comment, its line; other words stay."""
    comment = directive.comment
    line_start, line_end = text.line_span(comment.line)
    behind = text.content[directive.end : line_end]
    if behind.strip():
        spaces = len(behind) - len(behind.lstrip())
        if behind.lstrip().startswith(b"#"):
            return (Edit(Span(directive.start, directive.end + spaces), b""),)
        return (Edit(Span(directive.start, directive.end + spaces), b"# "),)
    before = text.content[line_start : directive.start].rstrip()
    if before:
        return (Edit(Span(line_start + len(before), line_end), b""),)
    following = text.starts[comment.line] if comment.line < len(text.starts) else line_end
    return (Edit(Span(line_start, following), b""),)
