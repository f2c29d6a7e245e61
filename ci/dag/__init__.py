"""Level 4: workflows as graphs."""

from ci.dag.dag import DAG as DAG
from ci.dag.dag import Launch as Launch
from ci.dag.dag import WorkflowExecution as WorkflowExecution
