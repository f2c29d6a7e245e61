"""Fixes, applied: edits are spliced in, the result is parsed and linted again, until nothing is left to mend."""

from ci_lint.fixing.diffs import unified_diff as unified_diff
from ci_lint.fixing.rounds import Mended as Mended
from ci_lint.fixing.rounds import mend as mend
