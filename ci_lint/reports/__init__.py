"""The forms in which findings are written."""

from ci_lint.reports.forms import FOR_PEOPLE as FOR_PEOPLE
from ci_lint.reports.forms import FORMS as FORMS
from ci_lint.reports.forms import WITH_STATISTICS as WITH_STATISTICS
from ci_lint.reports.forms import counted as counted
from ci_lint.reports.forms import written as written
from ci_lint.reports.report import Report as Report
