"""Level 2: builders, which say call by call what is written about a node."""

from ci.builders.attempt import AttemptBuilder as AttemptBuilder
from ci.builders.attempt import new_attempt as new_attempt
from ci.builders.check import CheckBuilder as CheckBuilder
from ci.builders.check import new_check as new_check
from ci.builders.stage import RetryFields as RetryFields
from ci.builders.stage import StageBuilder as StageBuilder
from ci.builders.stage import new_stage as new_stage
