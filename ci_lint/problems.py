"""The problems that the linter speaks of: the same codes and words as the validation at run time.

The linter does not import what it lints, so this is a copy; a test compares it with `turboci.problems`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem.

    Attributes:
        code: Stable; what suppressions and configurations name.
        name: The same for people.
        wording: The message, a format string.
    """

    code: str
    name: str
    wording: str

    def text(self, **values: object) -> str:
        """Return the message with the values filled in."""
        return self.wording.format_map(values)


EMPTY_ID: Final = Problem("CI001", "empty-id", "the id of this {kind} is empty; give every node a name")
EMPTY_DEPENDENCIES: Final = Problem(
    "CI002", "empty-dependencies", "{call}() without arguments does nothing; name what to wait for"
)
DUPLICATE_DEPENDENCY: Final = Problem("CI003", "duplicate-dependency", "{node} depends on {target} twice; name it once")
UNAWAITED_COROUTINE: Final = Problem(
    "CI004", "unawaited-coroutine", "the result of {call}() is never awaited, so it does nothing; await it"
)
UNKNOWN_DEPENDENCY: Final = Problem(
    "CI005", "unknown-dependency", "{node} {verb} {target}, which this DAG does not have{near_miss}"
)
DUPLICATE_NODE_ID: Final = Problem(
    "CI006",
    "duplicate-node-id",
    "{node} is defined twice, first at {first}; ids are unique among checks and among stages",
)
SELF_DEPENDENCY: Final = Problem("CI007", "self-dependency", "{node} depends on itself; remove that dependency")
DEPENDENCY_CYCLE: Final = Problem(
    "CI008", "dependency-cycle", "dependencies form a cycle: {path}; remove one of these edges"
)
DISCARDED_RESULT: Final = Problem(
    "CI009", "discarded-result", "the result of {call}() is dropped, so it does nothing; use it"
)
CROSS_DAG_DEPENDENCY: Final = Problem(
    "CI010", "cross-dag-dependency", "{node} {verb} {target} of {other}; a dependency stays within one DAG"
)
CONSTANT_ID_IN_LOOP: Final = Problem(
    "CI011",
    "constant-id-in-loop",
    "{node} is defined in a loop with the same id each time; make the id depend on the loop",
)
COLLECTION_AS_DEPENDENCY: Final = Problem(
    "CI012", "collection-as-dependency", "{call}() takes dependencies one by one; write {call}(*{argument})"
)
NONE_DEPENDENCY: Final = Problem("CI013", "none-dependency", "{call}() is given None, which is no node")
INVALID_ID: Final = Problem("CI014", "invalid-id", "the id {id} is not allowed: {reason}")
AWAIT_ON_SYNC: Final = Problem("CI015", "await-on-sync", "{call}() returns no awaitable; remove the await")
STAGE_WITHOUT_RUNNER: Final = Problem(
    "CI016", "stage-without-runner", "{node} has no runner type, so nobody would execute it; add .runner(...)"
)
UNASSIGNED_CHECK: Final = Problem(
    "CI017", "unassigned-check", "{node} is answered by no stage; add .assigns(...) to the stage that does"
)
EMPTY_STAGE: Final = Problem("CI018", "empty-stage", "{node} answers no check; add .assigns(...)")
MUTATION_AFTER_BUILD: Final = Problem(
    "CI019", "mutation-after-build", "{call}() after build() does not change what was built; call it before"
)
NONDETERMINISTIC_ID: Final = Problem(
    "CI020", "nondeterministic-id", "the id comes from {source}, so it differs from run to run; derive it from the work"
)
DEPRECATED_API: Final = Problem("CI021", "deprecated-api", "{call} is deprecated; use {instead}")
BLOCKING_CALL_IN_ASYNC: Final = Problem(
    "CI022", "blocking-call-in-async", "{call}() blocks the event loop inside an async function; await the async form"
)
REDUNDANT_DEPENDENCY: Final = Problem(
    "CI023", "redundant-dependency", "{node} depends on {target} already through {through}"
)
UNREACHABLE_NODE: Final = Problem("CI024", "unreachable-node", "no stage and no final node reaches {node}")
MAY_BE_EMPTY_ID: Final = Problem("CI025", "may-be-empty-id", "the id of this {kind} is empty on one branch")
EMPTY_DAG: Final = Problem(
    "CI026", "empty-dag", "{dag} has no nodes; add a check, a stage or a step before it is executed"
)
STAGE_INSTEAD_OF_CHECK: Final = Problem(
    "CI027",
    "stage-instead-of-check",
    "{node} goes on when {target} has run, whatever it finds: nothing depends on {check}; depend on the check",
)
UNUSED_SUPPRESSION: Final = Problem("CI090", "unused-suppression", "nothing is suppressed by {comment}; remove it")
INVALID_SUPPRESSION: Final = Problem(
    "CI091", "invalid-suppression", "{comment} names {code}, which is no rule{near_miss}"
)
SYNTAX_ERROR: Final = Problem("CI900", "syntax-error", "the file cannot be parsed: {reason}")
UNREADABLE: Final = Problem("CI901", "unreadable-or-too-deep", "the file cannot be read: {reason}")
INTERNAL_ERROR: Final = Problem("CI902", "internal-error", "the linter failed on this file: {reason}")

PROBLEMS: Final = {each.code: each for each in tuple(globals().values()) if isinstance(each, Problem)}
"""Every problem by its code."""
