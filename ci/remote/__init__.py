"""An orchestrator that is reached over gRPC."""

from ci.remote.connection import connect as connect
from ci.remote.orchestrator import RemoteOrchestrator as RemoteOrchestrator
