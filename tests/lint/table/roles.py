"""What annotations cannot say: which parameter is an id, what is a dependency, what has to be used.

A name that `ci` does not have any more fails the test of the table.
"""

from __future__ import annotations

from typing import Final

from ci.remote import RemoteOrchestrator

PARAMETERS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "check": {"id": ("id", "check")},
    "stage": {"id": ("id", "stage")},
    "depends_on": {"refs": ("dependency", "check")},
    "depends_on_any": {"refs": ("dependency", "check")},
    "depends_on_at_least": {"refs": ("dependency", "check")},
    "depends_on_checks": {"ids": ("dependency", "check")},
    "depends_on_stages": {"ids": ("dependency", "stage")},
    "assigns": {"check_id": ("assigned", "check")},
    "assigns_with_goal": {"check_id": ("assigned", "check")},
    "assignment_list": {"assignments": ("assigned", "check")},
    "new_check": {"id": ("id", "check")},
    "new_stage": {"id": ("id", "stage")},
    "with_check_deps": {"refs": ("dependency", "check")},
    "with_stage_deps": {"refs": ("dependency", "stage")},
    "assigns_to": {"check_ids": ("assigned", "check")},
    "with_runner": {"runner_type": ("runner", "runner")},
    "CheckBuilder": {"id": ("id", "check")},
    "CheckBuilder.depends_on": {"refs": ("dependency", "check")},
    "CheckBuilder.depends_on_any": {"refs": ("dependency", "check")},
    "StageBuilder": {"id": ("id", "stage")},
    "StageBuilder.runner_type": {"runner_type": ("runner", "runner")},
    "StageBuilder.assigns": {"check_ids": ("assigned", "check")},
    "StageBuilder.assigns_with_goal": {"check_id": ("assigned", "check")},
    "StageBuilder.assigns_all": {"assignments": ("assigned", "check")},
    "StageBuilder.depends_on_stages": {"ids": ("dependency", "stage")},
    "StageBuilder.depends_on_checks": {"ids": ("dependency", "check")},
    "WorkflowContext.define_check": {"id": ("id", "check"), "depends_on": ("dependency", "check")},
    "WorkflowContext.define_stage": {
        "id": ("id", "stage"),
        "runner": ("runner", "runner"),
        "after": ("dependency", "stage"),
        "assigns": ("assigned", "check"),
    },
    "DAG.check": {"id": ("id", "check")},
    "DAG.stage": {"id": ("id", "stage")},
    "DAG.auto_check": {"kind": ("id-prefix", "check")},
    "DAG.auto_stage": {"runner": ("runner", "runner")},
    "DAG.step": {"id": ("id", "step"), "runner": ("runner", "runner")},
    "DAG.shell": {"id": ("id", "step")},
    "DAG.function": {"id": ("id", "step")},
    "DAG.add_check": {"id": ("id", "check")},
    "DAG.add_stage": {"id": ("id", "stage")},
    "CheckSettings.depends_on": {"targets": ("dependency", "check")},
    "CheckSettings.depends_on_any": {"targets": ("dependency", "check")},
    "CheckSettings.depends_on_at_least": {"targets": ("dependency", "check")},
    "StageSettings.runner": {"runner": ("runner", "runner")},
    "StageSettings.assigns": {"checks": ("assigned", "check")},
    "StageSettings.after": {"targets": ("dependency", "stage")},
    "StageSettings.after_any": {"targets": ("dependency", "stage")},
    "StageSettings.after_at_least": {"targets": ("dependency", "stage")},
    "StageSettings.after_checks": {"targets": ("dependency", "check")},
    "WorkflowExecution.wait_for_check": {"check": ("node", "check")},
    "WorkflowExecution.wait_for_stage": {"stage": ("node", "stage")},
    "WorkflowExecution.get_check": {"check": ("node", "check")},
    "WorkflowExecution.get_stage": {"stage": ("node", "stage")},
    "WorkflowContext.wait_for_check": {"check": ("node", "check")},
    "WorkflowContext.wait_for_stage": {"stage": ("node", "stage")},
    "WorkflowContext.get_check": {"check": ("node", "check")},
    "WorkflowContext.get_stage": {"stage": ("node", "stage")},
    "StageContext.check": {"id": ("node", "check")},
    "StageContext.add_check": {"id": ("id", "check")},
    "StageContext.add_stage": {"id": ("id", "stage")},
    "StageContext.report": {"check_id": ("node", "check")},
    "StageContext.fail_check": {"check_id": ("node", "check")},
    "Runner": {"runner_type": ("runner", "runner")},
}
"""Role and kind of node by function, or class and method, and parameter. A class alone is its constructor."""

DEFINES: Final[dict[str, str]] = {
    "DAG.check": "check",
    "DAG.stage": "stage",
    "DAG.auto_check": "check",
    "DAG.auto_stage": "stage",
    "DAG.step": "step",
    "DAG.shell": "step",
    "DAG.function": "step",
    "DAG.add_check": "check",
    "DAG.add_stage": "stage",
    "StageContext.add_check": "check",
    "StageContext.add_stage": "stage",
    "WorkflowContext.define_check": "check",
    "WorkflowContext.define_stage": "stage",
}

MUST_USE: Final[frozenset[str]] = frozenset(
    {
        *("check", "stage", "depends_on", "depends_on_any", "depends_on_at_least", "depends_on_checks"),
        *("depends_on_stages", "assigns", "assigns_with_goal", "assignment_list", "new_check", "new_stage"),
        *("new_attempt", "with_kind", "with_check_state", "with_check_deps", "with_check_option"),
        *("with_check_options", "with_runner", "with_sync", "with_async", "with_stage_state", "with_stage_deps"),
        *("with_stage_arg", "with_stage_args", "assigns_to", "with_retry", "with_timeout", "as_completed"),
        *("connect", "local", "CheckBuilder.build", "StageBuilder.build", "AttemptBuilder.build"),
        *("DAG.function", "DAG.to_mermaid", "DAG.to_dot", "WorkflowExecution.events", "WorkflowContext.events"),
        *("CheckHandle.done", "StageHandle.done", "CheckHandle.as_dependency", "StageHandle.as_dependency"),
        *("GraphNode.as_dependency", "NodeRef.as_dependency", "NodeCondition.as_dependency"),
    }
)
"""A call whose result is dropped does nothing."""

BUILDS: Final[frozenset[str]] = frozenset({"CheckBuilder.build", "StageBuilder.build", "AttemptBuilder.build"})
"""What is set afterwards does not change what was built."""

DROPPABLE: Final[frozenset[str]] = frozenset({"StageContext.progress"})
"""The result can be awaited and need not be."""

BLOCKING: Final[frozenset[str]] = frozenset({"run"})
"""It blocks the event loop while it works."""

STAND_FOR: Final[dict[type, str]] = {RemoteOrchestrator: "Orchestrator"}
"""Classes that are not public, and the protocols that they are written to."""

INSTEAD: Final[dict[str, str]] = {}
"""What is deprecated, and what to use instead."""
