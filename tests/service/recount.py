"""Counts everything in a database afresh, and says where the stored numbers and states differ.

Written without the code that it checks: plain SQL, and the rules in other words.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from orchestrator.storage.interface import Connection
from orchestrator.storage.tables.attempts import SQL as ATTEMPTS
from tests.service.snapshot import FINAL, Row, Snapshot
from turboci.dependencies import Resolution, resolve_counts

KINDS = {1: "checks", 2: "stages"}
ACCEPTS = {
    "SUCCEEDED": {"SUCCEEDED"},
    "FAILED": {"FAILED"},
    "FINISHED": {"SUCCEEDED", "FAILED", "SKIPPED", "CANCELLED"},
}
BAD = {"FAILED", "CANCELLED"}

FINAL_ROWS = {
    "checks": "SELECT key, state, outcome, cause, kind, options, version, updated_us FROM checks WHERE state = 40",
    "stages": "SELECT key, state, outcome, cause, concluded_reason, args, attempts, version, updated_us FROM stages "
    "WHERE state = 40",
    "check_results": "SELECT r.id, r.data, r.failure, r.finalized_us FROM check_results AS r "
    "JOIN checks AS c ON c.key = r.check_key WHERE c.state = 40",
    "stage_attempts": "SELECT key, state, failure, details, ended_us FROM stage_attempts WHERE state >= 40",
}
"""What must never change, by table; the first column is the key."""


def violations(connection: Connection) -> list[str]:
    """Return every invariant that the database breaks."""
    snapshot = Snapshot(connection)
    found = [f"broken reference {row}" for row in snapshot.broken_references]
    for look in (_edges, _checks, _stages, _spared, _gates, _attempts, _children, _circles, _plans, _events):
        found += look(snapshot)
    return found


def final(connection: Connection) -> dict[tuple[str, int], tuple[Any, ...]]:
    """Return every row that must stay as it is."""
    return {(table, row[0]): row for table, sql in FINAL_ROWS.items() for row in connection.execute(sql)}


def load(connection: Connection) -> Counter[str]:
    """Return how many live attempts each registration holds."""
    return Counter(row[9] for row in connection.execute(ATTEMPTS["live"]) if row[9] is not None)


def offered(connection: Connection) -> Counter[str]:
    """Return how many attempts each registration was offered and has not accepted."""
    rows = connection.execute(ATTEMPTS["live"])
    return Counter(row[9] for row in rows if row[9] is not None and row[5] == 20)


def queues(connection: Connection) -> set[tuple[str, int, int]]:
    """Return runner type, mode and plan of all attempts that only wait for a runner."""
    sql = "SELECT runner_type, mode, plan FROM stage_attempts NOT INDEXED WHERE state = 10 AND due_us IS NULL"
    return {row for row in connection.execute(sql) if row[0]}


def due(connection: Connection, now_us: int) -> list[Any]:
    """Return the live attempts that the clock should have looked at."""
    sql = "SELECT key, stage, state, due_us FROM stage_attempts NOT INDEXED WHERE state < 40 AND due_us <= ?"
    return list(connection.execute(sql, (now_us,)))


def _edges(snapshot: Snapshot) -> Iterator[str]:
    for edge in snapshot.edges:
        target = snapshot.by_name.get((edge["target_kind"], edge["plan"], edge["target_id"]))
        expected = 0
        if target is not None and target["state"] == FINAL:
            expected = 1 if target["outcome"] in ACCEPTS[edge["condition"]] else 2
        if edge["state"] != expected:
            yield f"edge {edge} should be {expected}"
    for kind, nodes in ((1, snapshot.checks), (2, snapshot.stages)):
        for node in nodes:
            states = Counter(edge["state"] for edge in snapshot.edges_of[kind, node["key"]])
            counted = (states.total(), states[1], states[2])
            if counted != (node["edges_total"], node["edges_satisfied"], node["edges_failed"]):
                yield f"{KINDS[kind]} {node} should count {counted}"


def _resolution(node: Row, *, granted: int = 0) -> Resolution:
    return resolve_counts(
        needed=node["edges_needed"],
        total=node["edges_total"],
        satisfied=node["edges_satisfied"] + granted,
        failed=node["edges_failed"],
    )


def _checks(snapshot: Snapshot) -> Iterator[str]:
    for check in snapshot.checks:
        if (check["state"] == FINAL) != (check["outcome"] is not None):
            yield f"check {check} has an outcome or is FINAL, not both"
        resolution = _resolution(check)
        if check["plan"] not in snapshot.cancelled:
            if check["state"] == 20 and resolution is not Resolution.OPEN:
                yield f"check {check} is decided and PLANNED"
            if check["state"] == 30 and resolution is not Resolution.SATISFIED:
                yield f"check {check} is WAITING and not satisfied"
        answering = snapshot.stages_of[check["plan"], check["id"]]
        if check["state"] != FINAL and answering and all(stage["state"] == FINAL for stage in answering):
            yield f"check {check} is left open by {answering}"


def _stages(snapshot: Snapshot) -> Iterator[str]:
    for stage in snapshot.stages:
        if (stage["state"] == FINAL) != (stage["outcome"] is not None):
            yield f"stage {stage} has an outcome or is FINAL, not both"
        if stage["plan"] in snapshot.held and stage["state"] in (20, 30):
            yield f"stage {stage} has begun, and its plan is held"
        if stage["state"] != 10:
            continue
        resolution = _resolution(stage)
        if stage["plan"] not in snapshot.cancelled:
            ready = resolution is Resolution.SATISFIED and not stage["gates_open"]
            if resolution is Resolution.UNSATISFIABLE or (ready and stage["plan"] not in snapshot.held):
                yield f"stage {stage} is decided and PLANNED"
        assigned = [row for row in snapshot.assignments if row["stage"] == stage["key"]]
        answered = snapshot.answered_by[stage["key"]]
        if assigned and len(answered) == len(assigned) and all(check["state"] == FINAL for check in answered):
            yield f"stage {stage} has nothing to answer and is PLANNED"


def _spared(snapshot: Snapshot) -> Iterator[str]:
    """Of a cancelled plan only stages with `always` are open, and what they are to finish; none waits for the rest."""
    for plan in snapshot.plans:
        if plan["key"] not in snapshot.cancelled or plan["closing"]:
            continue
        open_stages = [row for row in snapshot.stages if row["plan"] == plan["key"] and row["state"] != FINAL]
        for stage in open_stages:
            if not stage["always"]:
                yield f"stage {stage} is open, and its plan is cancelled"
            if stage["state"] == 10 and not _waits_for_spared(snapshot, stage):
                yield f"stage {stage} waits for nothing, and its plan is cancelled"
        spared = {
            row["check_id"]
            for stage in open_stages
            for row in snapshot.assignments
            if row["stage"] == stage["key"] and row["goal"] == FINAL
        }
        for check in snapshot.checks:
            if check["plan"] == plan["key"] and check["state"] != FINAL and check["id"] not in spared:
                yield f"check {check} is open, and its plan is cancelled"


def _waits_for_spared(snapshot: Snapshot, stage: Row) -> bool:
    answered = snapshot.answered_by[stage["key"]]
    own = {(1, check["id"]) for check in answered}
    sources = [(2, stage["key"]), *((1, check["key"]) for check in answered if check["state"] == 20)]
    return any(
        edge["state"] == 0
        and (edge["target_kind"], edge["target_id"]) not in own
        and (edge["target_kind"], stage["plan"], edge["target_id"]) in snapshot.by_name
        for source in sources
        for edge in snapshot.edges_of[source]
    )


def _circles(snapshot: Snapshot) -> Iterator[str]:
    """What is not FINAL waits for nothing that waits for it, on whatever way round."""
    waits: dict[tuple[int, int, str], set[tuple[int, int, str]]] = {}
    for kind, nodes in ((1, snapshot.checks), (2, snapshot.stages)):
        for node in nodes:
            if node["state"] != FINAL:
                waits[kind, node["plan"], node["id"]] = set(_waited_for(snapshot, kind, node))
    try:
        TopologicalSorter({name: after & waits.keys() for name, after in waits.items()}).prepare()
    except CycleError as error:
        yield f"nodes wait for each other: {error.args[1]}"


def _waited_for(snapshot: Snapshot, kind: int, node: Row) -> Iterator[tuple[int, int, str]]:
    plan = node["plan"]
    if kind == 1:
        yield from ((2, plan, stage["id"]) for stage in snapshot.stages_of[plan, node["id"]])
        sources = [(1, node["key"])] if node["state"] == 20 else []
        own: set[str] = set()
    else:
        yield from ((2, plan, child["id"]) for child in snapshot.stages if child["parent"] == node["key"])
        if node["state"] != 10:
            return
        answered = snapshot.answered_by[node["key"]]
        own = {check["id"] for check in answered}
        yield from ((e["target_kind"], plan, e["target_id"]) for e in snapshot.edges_of[2, node["key"]])
        sources = [(1, check["key"]) for check in answered if check["state"] == 20]
    for source in sources:
        for edge in snapshot.edges_of[source]:
            if not (edge["target_kind"] == 1 and edge["target_id"] in own):
                yield (edge["target_kind"], plan, edge["target_id"])


def _gates(snapshot: Snapshot) -> Iterator[str]:
    # Of a plan that is cancelled checks move no more, and what is spared starts whatever its gates say.
    over = {plan["key"] for plan in snapshot.plans if plan["cancelled_us"] is not None}
    for stage in snapshot.stages:
        if stage["state"] != 10 or stage["plan"] in over:
            continue
        answered = snapshot.answered_by[stage["key"]]
        own = {check["id"] for check in answered}
        gates = 0
        for check in answered:
            inner = [
                edge
                for edge in snapshot.edges_of[1, check["key"]]
                if edge["target_kind"] == 1 and edge["target_id"] in own and edge["state"] != 1
            ]
            gates += check["state"] == 20 and _resolution(check, granted=len(inner)) is not Resolution.SATISFIED
        if stage["gates_open"] != gates:
            yield f"stage {stage} should have {gates} gates"


def _attempts(snapshot: Snapshot) -> Iterator[str]:
    of_stage: defaultdict[int, list[Row]] = defaultdict(list)
    for attempt in snapshot.attempts:
        of_stage[attempt["stage"]].append(attempt)
    for stage in snapshot.stages:
        attempts = of_stage[stage["key"]]
        live = sum(attempt["state"] < 40 for attempt in attempts)
        if live != (stage["state"] == 20):
            yield f"stage {stage} has {live} live attempts"
        if [attempt["idx"] for attempt in attempts] != list(range(1, stage["attempts"] + 1)):
            yield f"stage {stage} has attempts {attempts}"


def _children(snapshot: Snapshot) -> Iterator[str]:
    for stage in snapshot.stages:
        children = [child for child in snapshot.stages if child["parent"] == stage["key"]]
        open_ = sum(child["state"] != FINAL for child in children)
        failed = sum(child["outcome"] in BAD for child in children)
        if (open_, failed) != (stage["children_open"], stage["children_failed"]):
            yield f"stage {stage} should have {open_} open and {failed} failed children"
        if stage["state"] == 30 and not open_:
            yield f"stage {stage} waits for nobody"


def _plans(snapshot: Snapshot) -> Iterator[str]:
    for plan in snapshot.plans:
        checks = [row for row in snapshot.checks if row["plan"] == plan["key"]]
        stages = [row for row in snapshot.stages if row["plan"] == plan["key"]]
        counted = {
            "checks_total": len(checks),
            "stages_total": len(stages),
            "checks_open": sum(row["state"] != FINAL for row in checks),
            "stages_open": sum(row["state"] != FINAL for row in stages),
            "nodes_failed": sum(row["outcome"] in BAD for row in (*checks, *stages)),
        }
        if any(plan[name] != number for name, number in counted.items()):
            yield f"plan {plan} should count {counted}"
        status = _status(plan, counted)
        if plan["status"] != status or (plan["finished_us"] is None) is (status not in {"RUNNING", "EMPTY"}):
            yield f"plan {plan} should be {status}"


def _status(plan: Row, counted: dict[str, int]) -> str:
    if counted["checks_open"] or counted["stages_open"]:
        return "RUNNING"
    some = counted["checks_total"] or counted["stages_total"]
    if some and plan["held"] == 1:
        return "RUNNING"
    if plan["cancelled_us"] is not None and not plan["failed_fast"]:
        return "CANCELLED"
    return ("FAILED" if counted["nodes_failed"] else "SUCCEEDED") if some else "EMPTY"


def _events(snapshot: Snapshot) -> Iterator[str]:
    for plan in snapshot.plans:
        events = [event for event in snapshot.events if event["plan"] == plan["key"]]
        if [event["sequence"] for event in events] != list(range(1, plan["event_sequence"] + 1)):
            yield f"events of plan {plan['id']} are numbered with gaps"
        folded: dict[tuple[int, str], tuple[int, str | None]] = {}
        for event in events:
            name = (event["kind"], event["node_id"])
            if event["kind"] == 3:
                if any(state != FINAL for state, _ in folded.values()):
                    yield f"event {event} says complete, and {folded} is not"
                continue
            if folded.get(name, (None, None))[0] != event["old_state"]:
                yield f"event {event} does not follow {folded.get(name)}"
            folded[name] = (event["new_state"], event["outcome"])
        stored = {
            (kind, node_id): (row["state"], row["outcome"])
            for (kind, owner, node_id), row in snapshot.by_name.items()
            if owner == plan["key"]
        }
        if folded != stored:
            yield f"events of plan {plan['id']} fold to {folded}, stored is {stored}"
        if (
            stored
            and all(state == FINAL for state, _ in stored.values())
            and events[-1]["kind"] != 3
            and plan["held"] != 1
        ):
            yield f"plan {plan['id']} is complete without an event"
