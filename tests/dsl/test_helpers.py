from __future__ import annotations

import pytest

import ci
from ci import CheckState, NodeKind, NodeRef, Predicate, When


def test_a_plain_string_names_a_check() -> None:
    """A string in a dependency is the id of a check, and a success is what is wanted."""
    group = ci.depends_on("build", ci.stage("deploy"), ci.check("lint").finished)
    assert [(edge.target, edge.when) for edge in group.dependencies] == [
        (NodeRef(NodeKind.CHECK, "build"), When.SUCCEEDED),
        (NodeRef(NodeKind.STAGE, "deploy"), When.SUCCEEDED),
        (NodeRef(NodeKind.CHECK, "lint"), When.FINISHED),
    ]


def test_predicates() -> None:
    """Each helper makes the group that its name says."""
    assert ci.depends_on("a", "b").predicate is Predicate.AND
    assert ci.depends_on_any("a", "b").predicate is Predicate.OR
    assert ci.depends_on_at_least(2, "a", "b", "c").needed == 2
    assert ci.depends_on_checks("a") == ci.depends_on("a")
    assert ci.depends_on_stages("a") == ci.depends_on(ci.stage("a"))


def test_no_arguments_make_an_empty_group() -> None:
    """A group of nothing is false and needs nothing."""
    assert not ci.depends_on()
    assert ci.depends_on_any().needed == 0


def test_assignments() -> None:
    """An assignment brings its check to FINAL unless it says otherwise."""
    assert ci.assigns("build") == ci.Assignment("build", CheckState.FINAL)
    both = ci.assignment_list("a", ci.assigns_with_goal("b", CheckState.WAITING))
    assert both == (ci.Assignment("a"), ci.Assignment("b", CheckState.WAITING))
    by_builder = ci.new_stage("s").runner_type("r").assigns_all(*both).build()
    assert ci.StageWrite(id="s", runner_type="r", assignments=both) == by_builder


@pytest.mark.parametrize(
    "call",
    [
        lambda: ci.check(""),
        lambda: ci.stage(""),
        lambda: ci.depends_on("a", ""),
        lambda: ci.assigns(""),
        lambda: ci.new_check(""),
        lambda: ci.new_stage(""),
        lambda: ci.DAG().check(""),
        lambda: ci.DAG().stage(""),
        lambda: ci.DAG().step("", "builder"),
        lambda: ci.DAG().stage("a").after(""),
        lambda: ci.DAG().stage("a").runner(""),
    ],
)
def test_an_empty_id_is_refused_at_the_call(call: object) -> None:
    """Every call that takes an id refuses the empty one itself, as a ValueError too."""
    assert callable(call)
    with pytest.raises(ci.EmptyIdError) as caught:
        call()
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "depends_on() is given None (NoneType), which is no node; give nodes, references, conditions or ids"),
        (
            ["a", "b"],
            "depends_on() is given ['a', 'b'] (list), which is no node; give them one by one: depends_on(*nodes)",
        ),
    ],
)
def test_what_is_no_node_is_refused(value: str, message: str) -> None:
    """Something that no dependency can point at is named, with what to write instead."""
    with pytest.raises(ci.InvalidArgument) as caught:
        ci.depends_on(value)
    assert str(caught.value) == message


def test_a_condition_is_no_fact() -> None:
    """Conditions cannot be tested like booleans."""
    with pytest.raises(TypeError, match="is not a fact"):
        bool(ci.check("a").failed)
    with pytest.raises(TypeError, match="is not a fact"):
        bool(ci.DAG().check("a").failed)
