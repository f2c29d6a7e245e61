"""Mistakes with rehearsals. Each marked line is wrong; the mark says who has to see it."""

import ci
from ci.testing import Rehearsal


def test_mistakes(ci_rehearsal: Rehearsal, dag: ci.DAG) -> None:
    ci_rehearsal.on(dag.check("build"))  # E: mypy pyright
    ci_rehearsal.on("build").fails("no")  # E: mypy pyright
    ci_rehearsal.on("build").fail()  # E: mypy pyright
    ci_rehearsal.on("build").succeed("app.tar")  # E: mypy pyright
    ci_rehearsal.on("build").succeed(after="30")  # E: mypy pyright
    ci_rehearsal.run("release")  # E: mypy pyright
    ci_rehearsal.history.assert_order(["completed build", "failed test"])  # E: mypy pyright
    ci_rehearsal.clock.elapsed = 3  # E: mypy pyright
