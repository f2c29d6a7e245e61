"""Nodes that are added with `await`."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from typing import Any

from ci.graph.checks import CheckNode, CheckSettings
from ci.graph.definitions import CheckDefinition, Definition, StageDefinition
from ci.graph.ledger import Ledger
from ci.graph.stages import StageNode, StageSettings
from ci.identity import Promise
from turboci.errors import InvalidState


class Draft(Promise):
    """A node that somebody is about to await. It is not a node yet, and cannot be depended on."""

    __slots__ = ("_awaited", "_definition", "_ledger")

    def __init__(self, definition: Definition, ledger: Ledger) -> None:
        self._definition = definition
        self._ledger = ledger
        self._awaited = not ledger.asynchronous

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._definition.ref.id!r}>"

    def _await_once(self) -> None:
        if self._awaited:
            raise InvalidState(
                str(self._definition.ref), "was awaited before", hint="keep the node that the await gave"
            )
        self._awaited = True

    def __del__(self) -> None:
        if not self._awaited:
            file, line = self._ledger.places.position_of(self._definition.place)
            kind = self._definition.ref.kind.value
            call = f"{self._ledger.said_by}.add_{kind}({self._definition.ref.id!r})"
            warnings.warn_explicit(f"{call} was never awaited; the {kind} stays open", RuntimeWarning, file, line)


class CheckDraft(CheckSettings, Draft):
    """A check that is being added; await it to have the node.

    Example:
        build = await dag.add_check("build:app").kind("build").depends_on(plan)
    """

    __slots__ = ()

    _definition: CheckDefinition

    def __init__(self, definition: CheckDefinition, ledger: Ledger) -> None:
        super().__init__(definition, ledger)

    def __await__(self) -> Generator[Any, None, CheckNode]:
        """Write the check, or reserve it if nothing was said about it yet; return the node."""
        self._await_once()
        return self._admit().__await__()

    async def _admit(self) -> CheckNode:
        await self._ledger.admit(self._definition)
        return CheckNode(self._definition)


class StageDraft(StageSettings, Draft):
    """A stage that is being added; await it to have the node.

    Example:
        stage = await dag.add_stage("exec:app").runner("builder").assigns(build).after(planning)
    """

    __slots__ = ()

    _definition: StageDefinition

    def __init__(self, definition: StageDefinition, ledger: Ledger) -> None:
        super().__init__(definition, ledger)

    def __await__(self) -> Generator[Any, None, StageNode]:
        """Write the stage and the open checks that it answers, or nothing if nothing was said; return the node."""
        self._await_once()
        return self._admit().__await__()

    async def _admit(self) -> StageNode:
        await self._ledger.admit(self._definition)
        return StageNode(self._definition)
