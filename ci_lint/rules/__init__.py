"""The rules: one file each, with its documentation and its cases."""

from ci_lint.rules.base import Example as Example
from ci_lint.rules.base import Finding as Finding
from ci_lint.rules.base import Note as Note
from ci_lint.rules.base import Rule as Rule
from ci_lint.rules.registry import RULES as RULES
