"""All rules, by code."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from ci_lint.rules import ci001_empty_id

RULES: Final = MappingProxyType({rule.code: rule for rule in (ci001_empty_id.RULE,)})
"""Every rule by its code, in order."""
