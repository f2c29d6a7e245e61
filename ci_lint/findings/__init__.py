"""What the linter has to say: spans of bytes, diagnostics and the edits that mend them."""

from ci_lint.findings.diagnostic import Diagnostic as Diagnostic
from ci_lint.findings.diagnostic import Label as Label
from ci_lint.findings.fix import Edit as Edit
from ci_lint.findings.fix import Fix as Fix
from ci_lint.findings.fix import Safety as Safety
from ci_lint.findings.span import Span as Span
