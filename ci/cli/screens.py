"""Where the view is shown: a live tree on a terminal, one line per change everywhere else."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from ci.cli.view.layout import Placed, outline
from ci.cli.view.phases import Glyphs
from ci.cli.view.plain import change_line, label_width, reason_line
from ci.cli.view.row import Row
from ci.cli.view.state import PlanView
from ci.cli.view.tree import PATIENCE, Canvas, tree
from turboci.reasons import ReasonKind

CI_VARIABLES: Final = ("CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION", "BUILDKITE", "CODEBUILD_BUILD_ID")
"""What CI systems set; nearly all of them the first one."""
_SHOWN_BY_THE_VIEW: Final = ("ci", "turboci.dispatch", "turboci.runners")
_FRAME_SECONDS: Final = 0.125
_DRAWING_SHARE: Final = 0.05
"""At most this part of the time is spent on drawing, however large the plan is."""


def leave_warnings_to_the_view() -> None:
    """Silence loggers whose warnings say what views and answers say better; whoever has set their levels keeps them."""
    for name in _SHOWN_BY_THE_VIEW:
        logger = logging.getLogger(name)
        logger.setLevel(logger.level or logging.ERROR)


class Screen(Protocol):
    """Shows views while they change."""

    def show(self, view: PlanView) -> None:
        """Take in a view that it has not shown before."""
        ...

    def changed(self, view: PlanView, row: Row, at: datetime) -> None:
        """Take in that a row is in another phase since `at`."""
        ...

    def explained(self, view: PlanView) -> None:
        """Take in that rows have new reasons."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def can_be_live(console: Console, environ: Mapping[str, str]) -> bool:
    """Return whether somebody sits at a terminal that can redraw; in a CI system nobody does."""
    is_ci = any(environ.get(name) for name in CI_VARIABLES)
    return console.is_terminal and sys.stdout.isatty() and not console.is_dumb_terminal and not is_ci


def screen_for(console: Console, *, plain: bool) -> Screen:
    """Return the screen that fits where the output goes."""
    return LiveScreen(console) if not plain and can_be_live(console, os.environ) else PlainScreen(console)


class PlainScreen:
    """Prints one line for each change."""

    def __init__(self, console: Console) -> None:
        self._console: Final = console
        self._reasons: Final[dict[int, ReasonKind]] = {}

    def show(self, view: PlanView) -> None:
        """Take in a view; nothing is printed until something changes."""

    def changed(self, view: PlanView, row: Row, at: datetime) -> None:
        """Print the line, if anybody needs to know."""
        self._print(change_line(row, at, label_width(view)))

    def explained(self, view: PlanView) -> None:
        """Print why a row has been waiting for a while, again only if it is for another kind of reason."""
        now = datetime.now(UTC)
        for row in view.rows:
            if row.reason is None or row.since is None or (now - row.since).total_seconds() < PATIENCE:
                continue
            if self._reasons.get(id(row)) is not row.reason.kind:
                self._reasons[id(row)] = row.reason.kind
                self._print(reason_line(row, now, label_width(view)))

    def _print(self, line: Text | None) -> None:
        if line is not None:
            self._console.print(line, soft_wrap=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class LiveScreen:
    """Redraws the tree of each view, eight times a second at most, and leaves nothing behind when it is left."""

    def __init__(self, console: Console) -> None:
        self._console: Final = console
        self._glyphs: Final = Glyphs.for_encoding(console.encoding)
        self._live: Final = Live(console=console, auto_refresh=False, transient=True, vertical_overflow="crop")
        self._started_at: Final = datetime.now(UTC)
        self._views: Final[list[PlanView]] = []
        self._layouts: Final[dict[int, tuple[int, tuple[Placed, ...]]]] = {}
        self._frame = 0
        self._redrawing: asyncio.Task[None] | None = None

    def show(self, view: PlanView) -> None:
        """Draw the view from the next frame on."""
        self._views.append(view)

    def changed(self, view: PlanView, row: Row, at: datetime) -> None:
        """Leave it to the next frame."""

    def explained(self, view: PlanView) -> None:
        """Leave it to the next frame."""

    async def __aenter__(self) -> Self:
        self._live.start()
        self._redrawing = asyncio.create_task(self._redraw(), name="redraw")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._redrawing is not None:
                self._redrawing.cancel()
                with suppress(asyncio.CancelledError):
                    await self._redrawing
        finally:
            self._live.stop()

    async def _redraw(self) -> None:
        while True:
            begun = time.monotonic()
            self._live.update(self._drawing(), refresh=True)
            self._frame += 1
            await asyncio.sleep(max(_FRAME_SECONDS, (time.monotonic() - begun) / _DRAWING_SHARE))

    def _drawing(self) -> Text:
        size = self._console.size
        room = max(2, (size.height - 1) // max(1, len(self._views)))
        now = datetime.now(UTC)
        trees = []
        for view in self._views:
            canvas = Canvas(width=size.width, height=room, now=now, started_at=self._started_at, frame=self._frame)
            trees.append(tree(view, self._layout(view), canvas, self._glyphs))
        drawing = Text("\n").join(trees)
        drawing.no_wrap = True
        return drawing

    def _layout(self, view: PlanView) -> tuple[Placed, ...]:
        known = self._layouts.get(id(view))
        if known is None or known[0] != view.structure:
            known = (view.structure, outline(view.rows, view.parents))
            self._layouts[id(view)] = known
        return known[1]
