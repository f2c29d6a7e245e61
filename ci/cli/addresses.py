"""Where the orchestrator is when nobody says it."""

from __future__ import annotations

from typing import Final

DEFAULT_ADDRESS: Final = "127.0.0.1:50051"
"""Where `turboci serve` listens."""
ADDRESS_VARIABLE: Final = "TURBOCI_ADDRESS"
"""Names another one for every command that asks."""
