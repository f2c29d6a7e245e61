"""All rows of a database that are counted, and by what they are found."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, TypeAlias

from orchestrator.storage.interface import Connection

FINAL = 40

Row: TypeAlias = dict[str, Any]


class Snapshot:
    """All rows that are counted."""

    def __init__(self, connection: Connection) -> None:
        def rows(table: str, columns: str) -> list[Row]:
            names = [name.strip() for name in columns.split(",")]
            found = connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2")
            return [dict(zip(names, row, strict=True)) for row in found]

        counters = "predicate, edges_needed, edges_total, edges_satisfied, edges_failed"
        self.plans = rows(
            "work_plans",
            "key, id, event_sequence, checks_total, stages_total, checks_open, stages_open, nodes_failed, held, "
            "status, cancelled_us, failed_fast, closing, finished_us",
        )
        self.checks = rows("checks", f"key, plan, id, state, outcome, {counters}")
        self.stages = rows(
            "stages",
            f"key, plan, id, state, outcome, {counters}, gates_open, parent, children_open, children_failed, attempts, "
            "always",
        )
        self.attempts = rows("stage_attempts", "stage, idx, key, state, registration, runner_type")
        self.edges = rows("dependencies", "source_kind, source, plan, target_kind, target_id, condition, state")
        self.assignments = rows("assignments", "stage, position, plan, check_id, goal")
        self.events = rows("events", "plan, sequence, kind, node_id, old_state, new_state, outcome")
        self.broken_references = list(connection.execute("PRAGMA foreign_key_check"))
        self.held = {plan["key"] for plan in self.plans if plan["held"] == 1}
        self.cancelled = {plan["key"] for plan in self.plans if plan["cancelled_us"] is not None}
        self.by_name = {(1, row["plan"], row["id"]): row for row in self.checks}
        self.by_name |= {(2, row["plan"], row["id"]): row for row in self.stages}
        self.edges_of: defaultdict[tuple[int, int], list[Row]] = defaultdict(list)
        for edge in self.edges:
            self.edges_of[edge["source_kind"], edge["source"]].append(edge)
        self.answered_by: defaultdict[int, list[Row]] = defaultdict(list)
        self.stages_of: defaultdict[tuple[int, str], list[Row]] = defaultdict(list)
        stage_of = {row["key"]: row for row in self.stages}
        for row in self.assignments:
            check = self.by_name.get((1, row["plan"], row["check_id"]))
            if check is not None:
                self.answered_by[row["stage"]].append(check)
            if row["goal"] == FINAL:
                self.stages_of[row["plan"], row["check_id"]].append(stage_of[row["stage"]])
