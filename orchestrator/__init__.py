"""The bundled server: plans, their nodes and the runners that work on them, on SQLite behind gRPC."""
