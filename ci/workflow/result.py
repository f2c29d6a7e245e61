"""How a plan ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from turboci.nodes import Check, Nodes, Stage
from turboci.states import Outcome


@dataclass(frozen=True, kw_only=True)
class WorkflowResult:
    """All nodes of a plan that is complete.

    Attributes:
        work_plan_id: The plan.
        name: What people call it; may be empty.
        checks: The checks by id, in order of creation.
        stages: The stages by id, in order of creation.

    Example:
        result = await execution.wait_for_completion(raise_on_failure=False)
        if not result.ok:
            print([node.id for node in result.nodes(ci.Outcome.FAILED)])
    """

    work_plan_id: str
    name: str = ""
    checks: Mapping[str, Check]
    stages: Mapping[str, Stage]

    @classmethod
    def of(cls, work_plan_id: str, name: str, nodes: Nodes) -> WorkflowResult:
        """Return the result that the FINAL nodes of a plan make."""
        return cls(
            work_plan_id=work_plan_id,
            name=name,
            checks={check.id: check for check in nodes.checks},
            stages={stage.id: stage for stage in nodes.stages},
        )

    @property
    def ok(self) -> bool:
        """Whether nothing FAILED and nothing was CANCELLED; nodes may be SKIPPED."""
        return not any(node.outcome in {Outcome.FAILED, Outcome.CANCELLED} for node in self.nodes())

    def nodes(self, *outcomes: Outcome) -> Iterator[Check | Stage]:
        """Yield the nodes that ended so, checks first; without arguments all."""
        every: tuple[Check | Stage, ...] = (*self.checks.values(), *self.stages.values())
        for node in every:
            if not outcomes or node.outcome in outcomes:
                yield node
