from __future__ import annotations

from ci.cli.view.phases import Phase
from ci.cli.view.row import Row
from ci.cli.view.state import PlanView
from tests.cli.plans import Story, at, attempt, check, stage, steps
from turboci.dependencies import NodeKind, NodeRef
from turboci.events import ProgressReported
from turboci.nodes import Nodes, ProgressEntry
from turboci.reasons import Explanation, Reason, ReasonKind
from turboci.states import AttemptState, CheckState, Outcome, StageState


def row_of(view: PlanView, id: str, kind: NodeKind = NodeKind.STAGE) -> Row:
    row = view.row(NodeRef(kind, id))
    assert row is not None
    return row


def assert_phase(row: Row, phase: Phase) -> None:
    assert row.phase is phase


def test_step_is_one_row() -> None:
    """A check and the stage of the same id that answers it share a row, whichever is learnt first."""
    both = steps({"lint": ()})
    parts = (Nodes(checks=both.checks), Nodes(stages=both.stages))
    for order in (parts, parts[::-1]):
        view = PlanView("p1")
        for nodes in order:
            view.learn(nodes)
        assert [row.label for row in view.rows] == ["lint"]
        assert row_of(view, "lint") is row_of(view, "lint", NodeKind.CHECK)


def test_same_id_without_assignment_stays_two_rows() -> None:
    """A stage that does not answer the check of its own id does not speak for it."""
    view = PlanView("p1")
    view.learn(Nodes(checks=(check("a"),), stages=(stage("a"),)))
    assert [row.label for row in view.rows] == ["a (check)", "a"]


def test_life_of_a_step() -> None:
    """A row waits, runs and ends at the times that the events tell."""
    view = PlanView("p1")
    view.learn(steps({"lint": ()}))
    row = row_of(view, "lint")
    assert_phase(row, Phase.WAITING)
    story = Story(view)
    story.begins("lint", 1.0)
    assert_phase(row, Phase.RUNNING)
    assert row.seconds(at(2.5)) == 1.5
    story.ends("lint", 4.0)
    assert_phase(row, Phase.SUCCEEDED)
    assert row.seconds(at(99)) == 3.0


def test_row_does_not_end_before_its_check() -> None:
    """A stage that ended while its check is open still runs, so a red check never flashes green."""
    view = PlanView("p1")
    view.learn(steps({"lint": ()}))
    row = row_of(view, "lint")
    story = Story(view)
    story.begins("lint", 1.0)
    assert view.apply(story.stage_end("lint", 2.0, Outcome.SUCCEEDED)) is None
    assert_phase(row, Phase.RUNNING)
    assert view.apply(story.check_end("lint", 2.0, Outcome.FAILED, "3 errors")) is row
    assert_phase(row, Phase.FAILED)
    assert row.cause == "3 errors"


def test_stage_queues_until_a_runner_has_it() -> None:
    """An attempt that no runner has is queued, not running, and its time does not count."""
    view = PlanView("p1")
    view.learn(steps({"lint": ()}))
    row = row_of(view, "lint")
    story = Story(view)
    story.queues("lint", 1.0)
    assert_phase(row, Phase.QUEUED)
    assert row.seconds(at(9)) is None
    assert story.attempts("lint", 3.0, AttemptState.SCHEDULED) is row
    assert_phase(row, Phase.RUNNING)
    assert row.seconds(at(4)) == 1.0
    assert story.attempts("lint", 3.5, AttemptState.RUNNING) is None


def test_stage_that_nobody_took_has_no_time() -> None:
    """A stage that was cancelled in the queue never ran, so it tells no time."""
    view = PlanView("p1")
    view.learn(steps({"lint": ()}))
    story = Story(view)
    story.queues("lint", 1.0)
    story.ends("lint", 4.0, Outcome.CANCELLED)
    assert row_of(view, "lint").seconds(at(9)) is None


def test_next_attempt_shows() -> None:
    """A second attempt is queued again, keeps the start of the first, and forgets what the first had to say."""
    view = PlanView("p1")
    view.learn(steps({"lint": ()}))
    row = row_of(view, "lint")
    story = Story(view)
    story.begins("lint", 1.0)
    view.hear("lint", "almost done")
    assert story.attempts("lint", 3.0, AttemptState.PENDING, 2) is row
    assert (row.phase, row.attempt, row.started_at, row.output) == (Phase.QUEUED, 2, at(1.0), "")
    story.attempts("lint", 4.0, AttemptState.RUNNING, 2)
    assert (row.phase, row.attempt, row.started_at) == (Phase.RUNNING, 2, at(1.0))


def test_first_line_may_come_before_its_event() -> None:
    """What a command prints before the event says that it runs is shown all the same; what comes later is not."""
    view = PlanView("p1")
    view.learn(steps({"lint": ()}))
    row = row_of(view, "lint")
    story = Story(view)
    view.hear("lint", "of another plan")
    story.queues("lint", 1.0)
    view.hear("lint", "first line")
    story.begins("lint", 1.1)
    view.hear("lint", "  ")
    assert row.output == "first line"
    story.ends("lint", 2.0)
    view.hear("lint", "too late")
    assert row.output == "first line"


def test_progress_of_work_elsewhere() -> None:
    """The newest progress of the present attempt shows, unless the work is heard in this process."""
    view = PlanView("p1")
    view.learn(steps({"lint": ()}))
    row = row_of(view, "lint")
    Story(view).begins("lint", 1.0)
    half, most = ProgressEntry(message="half", percent=50), ProgressEntry(message="most", percent=80)
    view.progress([stage("lint", attempts=(attempt(1, AttemptState.RUNNING, 1.0, half, most),)), stage("unknown")])
    assert (row.percent, row.output) == (80, "most")
    view.progress([stage("lint", attempts=(attempt(2, AttemptState.RUNNING, 1.0, half),))])
    assert row.percent == 80
    view.hear("lint", "heard")
    view.progress([stage("lint", attempts=(attempt(1, AttemptState.RUNNING, 1.0, half),))])
    assert (row.percent, row.output) == (80, "heard")


def test_snapshot_tells_attempts() -> None:
    """Without events a snapshot says what runs, since when, and what still queues."""
    view = PlanView("p1")
    running = attempt(1, AttemptState.INCOMPLETE, 1.0), attempt(2, AttemptState.RUNNING, 3.0)
    queued = (attempt(1, AttemptState.PENDING, 1.0),)
    nodes = Nodes(
        stages=(
            stage("lint", state=StageState.ATTEMPTING, attempts=running),
            stage("test", state=StageState.ATTEMPTING, attempts=queued),
        )
    )
    assert [row.label for row in view.settle(nodes, at(5))] == ["lint", "test"]
    lint, test = view.rows
    assert (lint.phase, lint.attempt, lint.started_at) == (Phase.RUNNING, 2, at(1.0))
    assert (test.phase, test.started_at) == (Phase.QUEUED, None)
    assert view.settle(nodes, at(6)) == []


def test_attempt_that_nobody_saw_queue() -> None:
    """A row that runs again, after events that were missed, is news though it has run before."""
    view = PlanView("p1")
    view.learn(steps({"lint": ()}))
    Story(view).begins("lint", 1.0)
    again = attempt(1, AttemptState.INCOMPLETE, 1.0), attempt(2, AttemptState.RUNNING, 3.0)
    nodes = Nodes(stages=(stage("lint", state=StageState.ATTEMPTING, attempts=again),), sequence=9)
    assert view.settle(nodes, at(4)) == view.rows
    assert (view.rows[0].attempt, view.rows[0].started_at) == (2, at(1.0))
    assert view.settle(nodes, at(5)) == []


def test_old_event_is_ignored() -> None:
    """An event that a snapshot has overtaken does not bring an older state back."""
    view = PlanView("p1")
    nodes = Nodes(
        checks=(check("lint", state=CheckState.FINAL, outcome=Outcome.SUCCEEDED),),
        stages=(stage("lint", answers=["lint"], state=StageState.FINAL, outcome=Outcome.SUCCEEDED),),
        sequence=7,
    )
    assert [row.label for row in view.settle(nodes, at(5))] == ["lint"]
    Story(view).queues("lint", 1.0)
    assert_phase(row_of(view, "lint"), Phase.SUCCEEDED)
    assert view.settle(nodes, at(6)) == []


def test_lone_check_waits_until_it_is_final() -> None:
    """A check without a stage of its own is never shown as running."""
    view = PlanView("p1")
    view.learn(Nodes(checks=(check("approved"),)))
    row = row_of(view, "approved", NodeKind.CHECK)
    assert_phase(row, Phase.WAITING)
    view.apply(Story(view).check_end("approved", 1.0, Outcome.SUCCEEDED))
    assert_phase(row, Phase.SUCCEEDED)


def test_parents_follow_the_flow() -> None:
    """A stage comes after what its checks wait for, a lone check after the stages that answer it."""
    view = PlanView("p1")
    view.learn(
        Nodes(
            checks=(check("build"), check("test", "build")),
            stages=(stage("exec:build", answers=["build"]), stage("exec:test", answers=["test"])),
        )
    )
    names = {row.label: sorted(parent.label for parent in view.parents(row)) for row in view.rows}
    assert names == {
        "build (check)": ["exec:build"],
        "test (check)": ["build (check)", "exec:test"],
        "exec:build": [],
        "exec:test": ["build (check)"],
    }


def test_child_comes_after_its_parent() -> None:
    """A stage that another one added hangs on it."""
    view = PlanView("p1")
    view.learn(Nodes(stages=(stage("plan"), stage("unit", parent_stage_id="plan"))))
    assert [parent.label for parent in view.parents(row_of(view, "unit"))] == ["plan"]


def test_reason_of_the_stage_goes_before_that_of_its_check() -> None:
    """A row says why its stage waits; that its check waits for the stage goes without saying."""
    view = PlanView("p1")
    view.learn(steps({"lint": ()}))
    stage_reason = Reason(NodeRef(NodeKind.STAGE, "lint"), ReasonKind.NO_RUNNER, "no live runner of type 'gpu'")
    check_reason = Reason(NodeRef(NodeKind.CHECK, "lint"), ReasonKind.STAGES_OPEN, "waits for stage 'lint'")
    view.explain(Explanation((check_reason, stage_reason)))
    assert row_of(view, "lint").reason is stage_reason
    assert row_of(view, "lint").is_stuck
    view.explain(Explanation())
    assert row_of(view, "lint").reason is None
    assert row_of(view, "lint").waits == ""
    assert not row_of(view, "lint").is_stuck


def test_row_does_not_repeat_its_name_in_its_reason() -> None:
    """Beside the name of a stage its reason needs no subject, and is no alarm if it is only a matter of time."""
    view = PlanView("p1")
    view.learn(steps({"lint": ()}))
    text = "stage 'lint' waits for a free slot of 'shell'"
    view.explain(Explanation((Reason(NodeRef(NodeKind.STAGE, "lint"), ReasonKind.RUNNERS_BUSY, text),)))
    assert row_of(view, "lint").waits == "waits for a free slot of 'shell'"
    assert not row_of(view, "lint").is_stuck


def test_reported_progress_shows_unless_it_is_heard() -> None:
    """Events of the present attempt say how far it is and what it printed; those of a former one say nothing."""
    view = PlanView("p1")
    view.learn(steps({"lint": ()}))
    row = row_of(view, "lint")
    Story(view).begins("lint", 1.0)

    def report(attempt: int, **fields: object) -> None:
        entry = ProgressEntry(**fields)  # type: ignore[arg-type]
        view.report(ProgressReported(sequence=9, at=at(2), stage_id="lint", attempt=attempt, progress=entry))

    report(1, message="compiling", percent=40)
    report(1, log="a.c\nb.c\n\n")
    assert (row.percent, row.output, list(row.tail)) == (40, "b.c", ["compiling", "a.c", "b.c"])
    report(2, message="later", percent=90)
    assert (row.percent, row.output) == (40, "b.c")
    view.hear("lint", "heard")
    report(1, log="told\n", percent=60)
    assert (row.percent, row.output) == (60, "heard")
