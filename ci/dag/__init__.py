"""Level 4: workflows as graphs."""

from ci.dag.checks import CheckNode as CheckNode
from ci.dag.checks import CheckSettings as CheckSettings
from ci.dag.dag import DAG as DAG
from ci.dag.dag import Launch as Launch
from ci.dag.dag import WorkflowExecution as WorkflowExecution
from ci.dag.drafts import CheckDraft as CheckDraft
from ci.dag.drafts import StageDraft as StageDraft
from ci.dag.stages import Assignable as Assignable
from ci.dag.stages import RunnerLike as RunnerLike
from ci.dag.stages import StageNode as StageNode
from ci.dag.stages import StageSettings as StageSettings
from ci.dag.targets import NodeCondition as NodeCondition
from ci.dag.targets import Target as Target
