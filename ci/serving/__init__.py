"""Serving a runner of this process over gRPC: its StageRunner service, and the lease of its registration."""
