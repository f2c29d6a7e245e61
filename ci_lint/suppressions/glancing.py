"""Whether it is worth looking for comments: most files have none that matter, and are never taken apart."""

from __future__ import annotations

import re
from typing import Final

_CODE: Final = re.compile(rb"(?i)ci[0-9]")


def may_suppress(content: bytes) -> bool:
    """Return whether a file may have comments that hide findings: most files have none, and are not looked at."""
    return b"ci-lint" in content or b"noqa" in content.lower()


def may_be_remarked(content: bytes) -> bool:
    """Return whether such a comment may be wrong though there are no findings: it is ours, or names a rule of ours."""
    return b"ci-lint" in content or (b"noqa" in content.lower() and _CODE.search(content) is not None)
