"""Imports gRPC in a way that its C core prints errors alone.

It would print a line whenever a process is forked beside it. The variable that decides is read once, when gRPC is
imported; it is taken back at once, since commands inherit the environment. Whoever has set it has the say.
"""

from __future__ import annotations

import os
from typing import Final

_VARIABLE: Final = "GRPC_VERBOSITY"
_IS_OURS: Final = _VARIABLE not in os.environ

if _IS_OURS:
    os.environ[_VARIABLE] = "ERROR"

import grpc  # noqa: E402, F401

if _IS_OURS:
    del os.environ[_VARIABLE]
