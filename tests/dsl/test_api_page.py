from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import pytest

import ci
from tests.dsl.api_page import PAGE, Row, Section, sections

SECTIONS = sections()
ROWS = [row for section in SECTIONS for row in section.rows]
TABLES = [section for section in SECTIONS if section.rows]

# The tables of the reference, by the class or group that they are of.
REFERENCE = {
    "helpers": "Ptr Check Stage DependsOn DependsOnAny DependsOnChecks DependsOnStages Assigns AssignsWithGoal "
    "AssignmentList",
    "CheckBuilder": "NewCheck Kind State Planning Planned Waiting Final Options Option DependsOn DependsOnAny Build",
    "StageBuilder": "NewStage RunnerType Sync Async State Args Arg Assigns AssignsWithGoal AssignsAll DependsOnStages "
    "DependsOnChecks Build",
    "AttemptBuilder": "NewAttempt Running Progress Build",
    "WorkflowContext": "NewWorkflowContext DefineCheck DefineStage",
    "options": "WithKind WithCheckState WithCheckDeps WithRunner WithSync WithAsync WithStageState WithStageDeps "
    "AssignsTo",
    "CheckHandle": "Wait WaitWithTimeout",
    "waits": "WaitAllChecks WaitAllStages WaitAnyCheck",
    "DAG": "NewDAG Check Stage AddCheck AddStage Execute",
    "CheckNode": "Kind State Option DependsOn",
    "StageNode": "Runner Sync Async Arg Assigns After AfterChecks",
    "WorkflowExecution": "WaitForCompletion WaitForCheck WaitForStage",
}
GROUPS = {"Functions": "helpers", "Functional options": "options", "Waiting for several": "waits"}
WHOLE = sorted({owner for section in TABLES for owner in section.owners})


def public_members(name: str) -> set[str]:
    """Return what users can call or read on a class."""
    cls = getattr(ci, name)
    fields = set(getattr(cls, "__dataclass_fields__", ())) if name == "WorkflowResult" else set()
    found = {
        key
        for key in dir(cls)
        if not key.startswith("_")
        and (callable(getattr(cls, key)) or isinstance(inspect.getattr_static(cls, key), property))
    }
    return found | fields


def signature_of(row: Row) -> Iterator[inspect.Signature]:
    if row.here.startswith("ci."):
        yield inspect.signature(getattr(ci, row.name))
        return
    for owner in row.owners:
        member = inspect.getattr_static(getattr(ci, owner), row.name)
        signature = inspect.signature(getattr(getattr(ci, owner), row.name))
        parameters = list(signature.parameters.values())
        bound = isinstance(member, (classmethod, staticmethod))
        yield signature.replace(parameters=parameters if bound else parameters[1:])


def written(parameter: inspect.Parameter) -> str:
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        return f"*{parameter.name}"
    return f"**{parameter.name}" if parameter.kind is inspect.Parameter.VAR_KEYWORD else parameter.name


def test_every_row_of_the_reference_is_there() -> None:
    """The tables have each name of the reference, in the section of the same thing."""
    found: dict[str, set[str]] = {}
    for row in ROWS:
        for group in row.owners or (GROUPS.get(row.section, ""),):
            found.setdefault(group, set()).add(row.reference)
    missing = {group: set(names.split()) - found.get(group, set()) for group, names in REFERENCE.items()}
    assert {group: names for group, names in missing.items() if names} == {}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.section}: {row.here}")
def test_every_row_is_true(row: Row) -> None:
    """What a row names is there, and takes these parameters."""
    if not row.here:
        assert row.reference == "Ptr"
        return
    if row.parameters is None:
        members = set.intersection(*(public_members(owner) for owner in row.owners))
        assert row.name in members
        return
    for signature in signature_of(row):
        assert [written(parameter) for parameter in signature.parameters.values()] == row.parameters


@pytest.mark.parametrize("name", WHOLE)
def test_every_public_method_is_in_a_table(name: str) -> None:
    """A class that has a table has all its public methods and properties in one."""
    listed = {row.name for row in ROWS if name in row.owners and not row.here.startswith("ci.")}
    assert listed == public_members(name)


def test_the_classes_of_the_reference_have_tables() -> None:
    """So do all functions, and the classes on which users call methods."""
    assert set(REFERENCE) - {"helpers", "options", "waits"} <= set(WHOLE)
    assert {"DAG", "NodeRef", "Orchestrator", "Runner", "StageContext", "StageHandle", "WorkflowResult"} <= set(WHOLE)
    functions = {name for name in ci.__all__ if inspect.isfunction(getattr(ci, name))}
    assert functions <= {row.name for row in ROWS if row.here.startswith("ci.")}


def test_every_public_name_is_on_the_page() -> None:
    """Nothing that `ci` exports is left out, and nothing on the page is not exported."""
    text = PAGE.read_text("utf-8")
    assert set(ci.__all__) - set(re.findall(r"`ci\.(\w+)", text)) == set()
    assert set(re.findall(r"\bci\.(\w+)", text)) - {*ci.__all__, "db"} == set()


@pytest.mark.parametrize("section", TABLES, ids=lambda section: section.heading)
def test_every_row_has_an_example(section: Section) -> None:
    """The program that follows a table uses each of its names; two tables may share one."""
    following = SECTIONS[SECTIONS.index(section) :]
    example = next(each.example for each in following if each.example)
    unused = [row.here for row in section.rows if row.here and not re.search(rf"\.{row.name}\b", example)]
    assert [each for each in unused if each not in NOT_FOR_USERS] == []


NOT_FOR_USERS = {
    *(".why_late(timeout)", ".ended(node)", ".settle(error=None)"),
    *(
        ".serve(address, listen=None, ttl=60, grace=30.0)",
        ".runner_id",
        ".run(execution, port)",
        ".run_async(execution, port)",
    ),
    *(".cancel(execution_id, reason)", ".drain(grace)"),
    *(".register_runner(registration)", ".unregister_runner(registration_id)", ".list_runners(runner_type=None)"),
    *(".update_execution(execution_id, progress)", ".complete_execution(execution_id, answer)"),
}
"""What our own modules call, or what needs a server to go on for ever."""


@pytest.mark.parametrize("row", [row for row in ROWS if "=" in row.here], ids=lambda row: row.here)
def test_defaults_are_those_of_the_code(row: Row) -> None:
    """A default on the page is the default."""
    shown = dict(re.findall(r"(\w+)=(\(\)|\"\"|[^,)]+)", row.here))
    for signature in signature_of(row):
        actual = {
            parameter.name: parameter.default
            for parameter in signature.parameters.values()
            if parameter.default is not inspect.Parameter.empty
        }
        assert {name: repr(value).replace("''", '""') for name, value in actual.items()} == shown


def test_errors_are_listed_with_their_status() -> None:
    """The table of errors has every error, with the status that it travels with."""
    (section,) = (each for each in SECTIONS if each.heading == "Errors")
    listed = dict(re.findall(r"^\| `ci\.(\w+)` \| `?(\w*)`? ?\|", section.text, re.MULTILINE))
    actual = {
        name: cls.status if issubclass(cls, ci.ServiceError) else ""
        for name in ci.__all__
        if isinstance(cls := getattr(ci, name), type) and issubclass(cls, ci.CIError)
    }
    assert listed == {name: status for name, status in actual.items() if name not in {"CIError", "ServiceError"}}
