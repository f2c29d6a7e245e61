"""What is not found when it is written in another way: code, number of the case, form. The list may only shrink."""

from __future__ import annotations

from typing import Final

LISTED: Final[frozenset[tuple[str, int, str]]] = frozenset()
