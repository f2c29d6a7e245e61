"""Comments that hide findings, and what is wrong with such comments."""

from ci_lint.suppressions.applying import Verdict as Verdict
from ci_lint.suppressions.applying import apply as apply
from ci_lint.suppressions.comments import may_be_remarked as may_be_remarked
