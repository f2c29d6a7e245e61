"""A DAG is closed only if everything that is said to it can be seen."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from ci_lint.facts import Defined, Depends, Facts, Graph, RunnerSet
from ci_lint.inference.engine import infer
from ci_lint.inference.reporting import facts_of
from ci_lint.inspection import around
from ci_lint.reading.parsing import Parsed, parse
from ci_lint.task import Task

HEAD: Final = "import ci\nfrom elsewhere import use\n\ndef f(x):\n    dag = ci.DAG()\n    a = dag.stage('a')\n"


def facts(source: str, *, shared: bool = False) -> Facts:
    parsed = parse(source.encode())
    assert isinstance(parsed, Parsed)
    task = Task(Path("x.py"), b"", "x", False, "ci", ())
    return facts_of(infer(parsed.module, source, around(task)), parsed.module, shared=shared)


def graph(source: str, *, shared: bool = False) -> Graph:
    (only,) = facts(source, shared=shared).graphs
    return only


CLOSED: Final = (
    "a.runner('r')",
    "a.runner('r').after('b')",
    "b = dag.check('b')\na.assigns(b)\nci.run(dag)",
    "for _ in x: a.priority(1)",
    "if x: a.runner('r')\nelse: a.runner('s')",
    "r = a.runner\nr('r')",
    "print(a, len(x), repr(dag))",
    "def later(): a.runner('r')\nlater()",
    "b = a\nb.runner('r')",
    "b, c = a, use()\nb.runner('r')",
    "b = c = a\nb.runner('r')",
)
OPEN: Final = (
    "use(a)",
    "use(dag)",
    "use(a.runner)",
    "use([a])",
    "x.a = a",
    "x['a'] = dag",
    "return dag",
    "yield a",
    "x.append(a)",
    "use(x=a)",
    "getattr(a, x)('r')",
    "dag.check(x)",
    "a.after(*x)",
    "a.after(x)",
    "a = a if x else use()\na.runner('r')",
    "if x: a = use()\na.runner('r')",
    "b = a or use()\nb.runner('r')",
    "b = dag.stage('b')\nc = a if x else b\nc.runner('r')",
    "exec(x)",
    "locals()['a'].runner('r')",
    "class K:\n    node = a",
    "raise ValueError(a)",
    "for b in (a, use()): b.runner('r')",
    "a += 1",
    "(a, use())[x].runner('r')",
    "b, *c = a, a, use()\nc[x].runner('r')",
)


def indented(body: str) -> str:
    return HEAD + "".join(f"    {line}\n" for line in body.splitlines())


@pytest.mark.parametrize("body", CLOSED)
def test_what_is_seen_whole_is_closed(body: str) -> None:
    assert graph(indented(body)).closed


@pytest.mark.parametrize("body", OPEN)
def test_what_may_change_unseen_is_open(body: str) -> None:
    assert not graph(indented(body)).closed


def test_a_dag_of_a_module_is_open_if_others_import_the_module() -> None:
    source = "import ci\ndag = ci.DAG()\ndag.stage('a')\n"
    assert graph(source).closed
    assert not graph(source, shared=True).closed


def test_events_come_in_the_order_of_the_code() -> None:
    source = "import ci\ndag = ci.DAG()\na = dag.step('a', 'r')\nb = dag.stage('b').after(a, 'c').runner('r')\n"
    events = graph(source).events
    assert [type(each) for each in events] == [Defined, RunnerSet, Defined, Depends, RunnerSet]
    (depends,) = [each for each in events if isinstance(each, Depends)]
    assert [(each.kind, each.id, each.by_name) for each in depends.targets] == [
        ("check", "a", False),
        ("stage", "c", True),
    ]


def test_arms_tell_what_cannot_happen_together() -> None:
    source = (
        "import ci\ndef f(x, dag: ci.DAG):\n    if x:\n        dag.check('a')\n        return\n    dag.check('b')\n"
        "    dag.check('c')\n"
    )
    first, second, third = facts(source).calls
    assert not first.context.may_follow(second.context)
    assert second.context.may_follow(third.context)
    assert second.context.always_with(third.context)


def test_a_loop_makes_another_object_in_each_turn() -> None:
    """What the last turn made is not what this turn makes."""
    source = (
        "import ci\ndag = ci.DAG()\nlast = None\nfor name in 'ab':\n    node = dag.stage(name)\n"
        "    if last: node.after(last)\n    last = node\n"
    )
    (after,) = [call for call in facts(source).calls if call.signature.name == "after"]
    (argument,) = after.arguments
    assert after.receiver is not None
    assert after.receiver.origin is not None
    assert getattr(argument.value, "origin", None) is not after.receiver.origin


def test_a_setting_after_build_knows_the_build_only_if_every_path_has_it() -> None:
    source = "import ci\nb = ci.new_check('x')\nif b:\n    b.build()\nb.kind('k')\nb.build()\nb.kind('l')\n"
    kinds = [call for call in facts(source).calls if call.signature.name == "kind"]
    assert [call.built is not None for call in kinds] == [False, True]
