"""What is said at length about the codes that no rule of `ci_lint.rules` stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means.

    Attributes:
        what: What it finds; Markdown.
        why: Why that is bad; Markdown.
        example: Code in which it finds something; empty if that would not be code.
        fix: What the fix does and whether it is safe; empty if there is none.
    """

    what: str
    why: str
    example: str = ""
    fix: str = ""


EXPLANATIONS: Final = {
    "CI090": Explanation(
        "A comment `# ci-lint: ignore[...]`, `# ci-lint: ignore-file[...]` or `# noqa: CI...` names a rule that finds "
        "nothing there. Only rules that ran count: a comment is not unused because its rule was not selected. A plain "
        "`# noqa` is for other linters too and is left alone.",
        "It hides the next mistake on that line, and tells readers of a problem that does not exist.",
        'dag.check("build")  # ci-lint: ignore[CI001]\n',
        "Safe: it removes the rule from the comment, and the comment if nothing is left. Other words in it stay.",
    ),
    "CI091": Explanation(
        "A comment for ci-lint cannot be understood: it names no rule, one that does not exist, or one that cannot be "
        "suppressed; it has no brackets; or `ignore-file` does not stand on a line of its own.",
        "It looks as if it hid something, and hides nothing.",
        'dag.check("")  # ci-lint: ignore[CI0001]\n',
        "Safe where only the spelling is wrong, such as `ci001` for `CI001`. Otherwise there is none.",
    ),
    "CI900": Explanation(
        "The file is not Python: it has a syntax error, is not in the encoding that it declares, or has a NUL byte. "
        "The grammar is that of the Python that runs ci-lint. It cannot be suppressed.",
        "Nothing in the file was checked.",
    ),
    "CI901": Explanation(
        "The file or directory cannot be read, or its code is nested too deep for Python's own parser. It cannot be "
        "suppressed, and the exit code is 2.",
        "Nothing in the file was checked.",
    ),
    "CI902": Explanation(
        "ci-lint failed while it looked at the file. It cannot be suppressed, and the exit code is 2.",
        "It is a mistake of ci-lint: please report it, with the file if you can. The other files were checked.",
    ),
}
