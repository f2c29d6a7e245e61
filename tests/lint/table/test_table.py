"""The linter's copies of what `ci` and `turboci` say are up to date."""

from __future__ import annotations

from ci_lint.problems import PROBLEMS
from ci_lint.table import load_table
from tests.lint.table import generate, roles
from turboci.problems import RULES


def test_the_table_is_what_the_annotations_of_ci_say() -> None:
    """Run ``python -m tests.lint.table.generate --write`` when this fails."""
    assert generate.TABLE.read_text("utf-8") == generate.table()


def test_every_role_is_given_to_something_that_ci_has() -> None:
    table = load_table()
    missing = []
    for name, parameters in roles.PARAMETERS.items():
        owner, _, method = name.partition(".")
        entry = table.classes.get(owner)
        holders = [entry] if entry is not None else [each for each in table.classes.values() if owner in each.ancestors]
        signatures = [holder.methods.get(method) if method else holder.constructor for holder in holders]
        if not holders:
            signatures = [table.functions.get(name)]
        for signature in signatures:
            given = {each.name: (each.role, each.names) for each in signature.parameters} if signature else {}
            missing += [f"{name}({each})" for each, role in parameters.items() if given.get(each) != role]
    assert missing == []


def test_problems_have_the_codes_and_words_of_the_validation_at_run_time() -> None:
    assert {code: (each.name, each.wording) for code, each in PROBLEMS.items()} == {
        code: (each.name, each.wording) for code, each in RULES.items()
    }
