"""Level 3: waiting for the nodes of a running plan."""

from ci.workflow.errors import WorkflowFailed as WorkflowFailed
from ci.workflow.errors import WorkflowStalled as WorkflowStalled
from ci.workflow.pace import Pace as Pace
from ci.workflow.result import WorkflowResult as WorkflowResult
from ci.workflow.running import RunningPlan as RunningPlan
