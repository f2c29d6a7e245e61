"""What inference tells the rules."""

from ci_lint.facts.call import Argument as Argument
from ci_lint.facts.call import Call as Call
from ci_lint.facts.context import Arm as Arm
from ci_lint.facts.context import Context as Context
from ci_lint.facts.context import Use as Use
from ci_lint.facts.facts import Facts as Facts
from ci_lint.facts.graph import Assigned as Assigned
from ci_lint.facts.graph import Defined as Defined
from ci_lint.facts.graph import Depends as Depends
from ci_lint.facts.graph import Graph as Graph
from ci_lint.facts.graph import GraphEvent as GraphEvent
from ci_lint.facts.graph import RunnerSet as RunnerSet
from ci_lint.facts.graph import Target as Target
