from __future__ import annotations

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
