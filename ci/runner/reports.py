"""What a handler says about checks while it works, folded into its answer."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from turboci.executions import CheckUpdate
from turboci.ids import require_id
from turboci.payloads import JSON, plain
from turboci.states import CheckState


@dataclass(slots=True)
class _Report:
    data: dict[str, JSON] = field(default_factory=dict)
    failure: str | None = None


class Reports:
    """The answers to single checks so far; handlers may add from any thread."""

    def __init__(self, stage_id: str) -> None:
        self._subject = f"stage {stage_id!r}"
        self._lock = threading.Lock()
        self._by_check: dict[str, _Report] = {}

    def add(self, check_id: str, data: Mapping[str, object] | None, *, failure: str | None = None) -> None:
        """Fold data and a failure into the report on a check; a failure stays.

        Raises:
            InvalidArgument: The id is no id, or `data` is not JSON.
        """
        require_id(check_id, "check")
        copy = plain(data, self._subject, f"report[{check_id!r}]") if data is not None else {}
        with self._lock:
            report = self._by_check.setdefault(check_id, _Report())
            report.data.update(copy)
            if failure is not None:
                report.failure = failure

    def updates(
        self, assigned: Iterable[str], data: Mapping[str, JSON], *, left: Collection[str] = ()
    ) -> tuple[CheckUpdate, ...]:
        """Return one final update for every assigned and every reported check.

        Args:
            assigned: The checks that the stage answers.
            data: What the handler says about all of them; reported keys win.
            left: Checks that are left to others, unless they were reported.
        """
        with self._lock:
            reports = {check_id: _Report(dict(data)) for check_id in assigned if check_id not in left}
            for check_id, said in self._by_check.items():
                report = reports.setdefault(check_id, _Report(dict(data) if check_id in left else {}))
                report.data.update(said.data)
                report.failure = said.failure
        return tuple(
            CheckUpdate(
                check_id=check_id, state=CheckState.FINAL, data=report.data, finalize=True, failure=report.failure
            )
            for check_id, report in reports.items()
        )
