"""The model: what a work plan is.

A leaf package of plain values and pure functions, shared by the client (`ci`) and the server (`orchestrator`). It
imports the standard library only; `turboci.wire` translates the values to and from the messages of the contract.
"""
