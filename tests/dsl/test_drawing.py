from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

import ci
from ci import CheckState, Outcome
from tests.dsl.recording import RecordingOrchestrator


def test_a_dag_is_drawn() -> None:
    """Steps are one box; conditions, alternatives and answers are on the edges."""
    dag = ci.DAG()
    lint = dag.shell("lint", "x")
    dag.shell("test", "x").after("lint")
    dag.shell("notify", "x").after(lint.failed)
    dag.check("any").depends_on_any(lint, "test")
    dag.stage("exec").runner("r").assigns("any")
    assert dag.to_mermaid() == (
        "flowchart LR\n"
        '    n0(["any"])\n'
        '    n1["lint"]\n'
        '    n2["test"]\n'
        '    n3["notify"]\n'
        '    n4["exec"]\n'
        "    n1 -.->|any| n0\n"
        "    n2 -.->|any| n0\n"
        "    n1 --> n2\n"
        "    n1 -->|failed| n3\n"
        "    n4 ==> n0\n"
    )


def test_labels_are_escaped() -> None:
    """An id cannot break the drawing."""
    dag = ci.DAG()
    dag.check('say "<hi>"')
    assert '(["say #quot;#lt;hi#gt;#quot;"])' in dag.to_mermaid()


def test_what_is_missing_is_drawn_as_such() -> None:
    """A dependency on nothing is visible."""
    dag = ci.DAG()
    dag.check("a").depends_on("b")
    assert '(["b<br/>missing"])' in dag.to_mermaid()


async def test_an_execution_is_drawn_with_states(port: RecordingOrchestrator) -> None:
    """The drawing of a plan shows states, and nodes that runners added."""
    dag = ci.DAG()
    lint = dag.shell("lint", "x")
    dag.check("b").depends_on(lint)
    execution = await dag.execute(port)
    await port.finish(ci.stage("lint"))
    await port.finish(ci.check("lint"), outcome=Outcome.FAILED)
    port.add(ci.Check(id="new", work_plan_id="plan-1", state=CheckState.WAITING))
    assert await execution.to_mermaid() == (
        "flowchart LR\n"
        '    n0(["b<br/>PLANNED"])\n'
        '    n1(["new<br/>WAITING"])\n'
        '    n2["lint<br/>FAILED"]\n'
        "    n2 --> n0\n"
        "    classDef FAILED fill:#ffd8d3,stroke:#cf222e\n"
        "    class n2 FAILED\n"
    )


def test_a_dag_is_drawn_for_graphviz() -> None:
    """The same picture in the other language."""
    dag = ci.DAG('say "hi"')
    lint = dag.shell("lint", "x")
    dag.shell("notify", "x").after(lint.failed)
    dag.check("any").depends_on_at_least(1, lint, "notify")
    dag.stage("exec").runner("r").assigns("any")
    assert dag.to_dot() == (
        'digraph "say \\"hi\\"" {\n'
        "    rankdir=LR;\n"
        '    n0 [label="any", shape="ellipse"];\n'
        '    n1 [label="lint", shape="box"];\n'
        '    n2 [label="notify", shape="box"];\n'
        '    n3 [label="exec", shape="box"];\n'
        '    n1 -> n0 [label="at least 1", style="dashed"];\n'
        '    n2 -> n0 [label="at least 1", style="dashed"];\n'
        '    n1 -> n2 [label="failed"];\n'
        '    n3 -> n0 [style="bold"];\n'
        "}\n"
    )


LABEL = re.compile(r'^    n0 \[label="((?:[^"\\]|\\.)*)", shape="ellipse"\];$', re.MULTILINE)


@given(st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=40))
def test_any_id_survives_the_quoting_of_graphviz(id: str) -> None:
    """A label ends where its string ends, and reads as the id: no backslash, quote or entity means anything."""
    dag = ci.DAG()
    dag.check(id)
    found = LABEL.search(dag.to_dot())
    assert found is not None
    unescaped = re.sub(r"\\(.)", r"\1", found[1])
    assert html.unescape(unescaped.replace("&amp;", "\0")).replace("\0", "&") == unescaped.replace("&amp;", "&") == id


@given(st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=40))
def test_any_id_survives_the_quoting_of_mermaid(id: str) -> None:
    """A label holds no character that Mermaid reads otherwise, and its entities give the id back."""
    dag = ci.DAG()
    dag.check(id)
    drawn = dag.to_mermaid().removeprefix('flowchart LR\n    n0(["').removesuffix('"])\n')
    assert not set(drawn) & set('"<>`')
    assert re.sub(r"#(\w+);", lambda entity: _ENTITIES.get(entity[0], entity[0]), drawn) == id


_ENTITIES = {"#amp;": "&", "#quot;": '"', "#lt;": "<", "#gt;": ">", "#96;": "`", "#35;": "#"}


async def test_an_execution_is_drawn_with_its_children(port: RecordingOrchestrator) -> None:
    """Nodes that a handler added are in the picture, linked to the stage that has added them."""
    dag = ci.DAG("growing")
    dag.stage("plan").runner("planner")
    execution = await dag.execute(port)
    port.add(
        ci.Stage(
            id="child",
            work_plan_id="plan-1",
            state=ci.StageState.FINAL,
            outcome=Outcome.SUCCEEDED,
            parent_stage_id="plan",
            dependencies=ci.depends_on_any("found", "never written"),
        )
    )
    port.add(ci.Check(id="found", work_plan_id="plan-1", state=CheckState.WAITING))
    assert await execution.to_dot() == (
        'digraph "growing" {\n'
        "    rankdir=LR;\n"
        '    n0 [label="found\\nWAITING", shape="ellipse"];\n'
        '    n1 [label="plan\\nPLANNED", shape="box"];\n'
        '    n2 [label="child\\nSUCCEEDED", shape="box", style="filled", fillcolor="#d7f5dd", color="#2da44e"];\n'
        '    n3 [label="never written\\nmissing", shape="ellipse"];\n'
        '    n0 -> n2 [label="any", style="dashed"];\n'
        '    n3 -> n2 [label="any", style="dashed"];\n'
        '    n1 -> n2 [arrowhead="odot"];\n'
        "}\n"
    )
    assert "    n1 --o n2\n" in await execution.to_mermaid()
