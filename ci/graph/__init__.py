"""Nodes while they are being defined, for the DAG and for handlers that add children to their stage."""
