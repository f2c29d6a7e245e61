"""The list of rules: what options and comments may name, without loading the rules themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ci_lint import problems
from ci_lint.problems import Problem


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """One line of the list.

    Attributes:
        problem: Its code and its name.
        summary: What it finds, in a few words.
        default: Whether it runs if nothing is selected.
    """

    problem: Problem
    summary: str
    default: bool = True

    @property
    def code(self) -> str:
        """What findings carry, such as ``CI003``; never given to another rule."""
        return self.problem.code

    @property
    def name(self) -> str:
        """The word for it, such as ``duplicate-dependency``."""
        return self.problem.name


RULES: Final = (
    RuleEntry(problems.EMPTY_ID, "an id that is the empty string"),
    RuleEntry(problems.EMPTY_DEPENDENCIES, "a call that names dependencies, without any"),
    RuleEntry(problems.DUPLICATE_DEPENDENCY, "the same dependency twice"),
    RuleEntry(problems.UNAWAITED_COROUTINE, "work that never happens because nobody awaits it"),
    RuleEntry(problems.UNKNOWN_DEPENDENCY, "an id as dependency that the DAG does not have"),
    RuleEntry(problems.DUPLICATE_NODE_ID, "the same id twice in one DAG"),
    RuleEntry(problems.SELF_DEPENDENCY, "a node that depends on itself"),
    RuleEntry(problems.DEPENDENCY_CYCLE, "dependencies that form a cycle"),
    RuleEntry(problems.DISCARDED_RESULT, "a result that has to be used and is dropped"),
    RuleEntry(problems.CROSS_DAG_DEPENDENCY, "a node of one DAG as dependency in another"),
    RuleEntry(problems.CONSTANT_ID_IN_LOOP, "the same id in every turn of a loop"),
    RuleEntry(problems.COLLECTION_AS_DEPENDENCY, "a list or tuple where dependencies stand one by one"),
    RuleEntry(problems.NONE_DEPENDENCY, "None as dependency"),
    RuleEntry(problems.INVALID_ID, "an id that the grammar of ids does not allow"),
    RuleEntry(problems.AWAIT_ON_SYNC, "an await of a call that is not async"),
    RuleEntry(problems.STAGE_WITHOUT_RUNNER, "a stage that no runner will take"),
    RuleEntry(problems.UNASSIGNED_CHECK, "a check that no stage answers"),
    RuleEntry(problems.EMPTY_STAGE, "a stage that answers no check", default=False),
    RuleEntry(problems.MUTATION_AFTER_BUILD, "a builder that is changed after build()"),
    RuleEntry(problems.NONDETERMINISTIC_ID, "an id that differs from run to run"),
    RuleEntry(problems.DEPRECATED_API, "a name that will go away"),
    RuleEntry(problems.BLOCKING_CALL_IN_ASYNC, "a call that blocks the event loop", default=False),
    RuleEntry(problems.REDUNDANT_DEPENDENCY, "a dependency that others imply", default=False),
    RuleEntry(problems.UNREACHABLE_NODE, "a node that nothing reaches", default=False),
    RuleEntry(problems.MAY_BE_EMPTY_ID, "an id that is empty on one branch", default=False),
    RuleEntry(problems.EMPTY_DAG, "a DAG that is executed without any node"),
    RuleEntry(problems.STAGE_INSTEAD_OF_CHECK, "a stage that is waited for instead of its check", default=False),
    RuleEntry(problems.UNUSED_SUPPRESSION, "a comment that hides nothing"),
    RuleEntry(problems.INVALID_SUPPRESSION, "a comment that names no rule, or an unknown one"),
)
"""What can be selected, ignored and suppressed, in order of code."""

ALWAYS: Final = (
    RuleEntry(problems.SYNTAX_ERROR, "a file that is not Python"),
    RuleEntry(problems.UNREADABLE, "a file that cannot be read, or is nested too deep"),
    RuleEntry(problems.INTERNAL_ERROR, "a mistake of ci-lint itself"),
)
"""What is always reported: it says that a file was not checked."""

RENAMED: Final[dict[str, str]] = {}
"""Codes and names of earlier releases, and what they are called now."""

BY_CODE: Final = {rule.code: rule for rule in (*RULES, *ALWAYS)}
BY_NAME: Final = {rule.name: rule for rule in (*RULES, *ALWAYS)}
TOOL_ERRORS: Final = frozenset({problems.UNREADABLE.code, problems.INTERNAL_ERROR.code})
"""Codes that make the exit code 2: what they stand for is no finding about the code."""


def rule_named(word: str) -> RuleEntry | None:
    """Return the rule with a code or a name, written exactly; None if there is none."""
    return BY_CODE.get(word) or BY_NAME.get(word)


def known_words() -> tuple[str, ...]:
    """Return all codes and names that can be chosen, for near misses."""
    return tuple(word for rule in RULES for word in (rule.code, rule.name))
