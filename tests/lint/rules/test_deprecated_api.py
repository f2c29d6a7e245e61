"""CI021 has no case of its own as long as nothing of `ci` is deprecated; here something is."""

from __future__ import annotations

from dataclasses import replace

from ci_lint import inspection
from ci_lint.facts import Facts
from ci_lint.inference.engine import infer
from ci_lint.inference.reporting import facts_of
from ci_lint.reading.failure import Failure
from ci_lint.reading.parsing import parse
from ci_lint.reading.positions import Positions
from ci_lint.rules import RULES, Finding
from ci_lint.task import Task
from tests.lint.rules.linting import PATH


def found(source: str, name: str, instead: str) -> tuple[list[Finding], Positions]:
    """Return what CI021 finds if a call of that name is deprecated."""
    data = source.encode()
    parsed = parse(data)
    assert not isinstance(parsed, Failure)
    task = Task(PATH, data, "pipeline", False, "ci", ())
    facts: Facts = facts_of(infer(parsed.module, source, inspection.around(task)), parsed.module, shared=False)
    calls = [
        replace(call, signature=replace(call.signature, instead=instead)) if call.signature.name == name else call
        for call in facts.calls
    ]
    return list(RULES["CI021"].check(replace(facts, calls=tuple(calls)))), Positions(parsed)


def test_a_method_with_another_name_is_renamed() -> None:
    source = 'import ci\n\ndag = ci.DAG("release")\nbuild = (dag).check( "build" )  # why\n'
    (finding,), positions = found(source, "check", "node")
    assert finding.message == "DAG.check is deprecated; use node"
    assert finding.mend is not None
    fix = finding.mend(positions)
    assert fix is not None
    (edit,) = fix.edits
    after = source.encode()[: edit.span.start] + edit.replacement + source.encode()[edit.span.end :]
    assert after.decode() == source.replace("check(", "node(")


def test_what_is_replaced_by_something_else_is_only_named() -> None:
    (finding,), _ = found('import ci\n\ngroup = ci.depends_on("a")\n', "depends_on", "ci.check(...)")
    assert finding.message == "depends_on is deprecated; use ci.check(...)"
    assert finding.mend is None


def test_a_function_under_another_name_is_not_renamed() -> None:
    (finding,), positions = found('from ci import depends_on as on\n\ngroup = on("a")\n', "depends_on", "waits_for")
    assert finding.mend is not None
    assert finding.mend(positions) is None
