"""The gRPC edges of the server."""
