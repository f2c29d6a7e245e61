"""The shape of what comes over the streams of runners."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from orchestrator.endpoint.answers import require_answer
from orchestrator.endpoint.calls import RunnerSession
from orchestrator.endpoint.limits import Limits
from orchestrator.endpoint.shapes import require_progress
from turboci.errors import InvalidArgument, LimitExceeded
from turboci.executions import Answer
from turboci.frames import OrchestratorFrame, RefusedReport, Report, RunnerFrame


class CheckedSession:
    """Looks at each report, and refuses those of the wrong shape; the others of a frame go on."""

    def __init__(self, session: RunnerSession, limits: Limits) -> None:
        self._session: Final = session
        self._limits: Final = limits

    async def take(self, frame: RunnerFrame) -> None:
        """Apply what the runner says."""
        invalid = [refused for report in frame.reports if (refused := self._refused(report)) is not None]
        if invalid:
            tickets = {refused.ticket for refused in invalid}
            fitting = tuple(report for report in frame.reports if report.ticket not in tickets)
            frame = replace(frame, reports=fitting, invalid=(*frame.invalid, *invalid))
        await self._session.take(frame)

    def finish(self) -> None:
        """Say that the runner has said all that it had to say."""
        self._session.finish()

    async def next_frame(self) -> OrchestratorFrame | None:
        """Return what is to be sent, as soon as there is something; None when nothing follows."""
        return await self._session.next_frame()

    async def close(self) -> None:
        """End the session; a runner that has not finished may come back."""
        await self._session.close()

    def _refused(self, report: Report) -> RefusedReport | None:
        try:
            if isinstance(report.content, Answer):
                require_answer(report.content, report.execution_id, self._limits)
            else:
                require_progress(report.content, f"execution {report.execution_id!r}", self._limits)
        except (InvalidArgument, LimitExceeded) as error:
            return RefusedReport(ticket=report.ticket, error=error)
        return None
