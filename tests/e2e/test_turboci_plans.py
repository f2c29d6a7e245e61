"""The commands that look at plans and change them, as processes beside a server."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.servers import ServerProcess
from tests.e2e.terminals import Ended, in_terminal, start, turboci, until

PIPELINE = """
import ci
dag = ci.DAG("release")
build = dag.shell("build", "printf 'one\\\\ntwo \\\\033[31mred\\\\033[2J\\\\n'; test -e repaired || exit 3")
dag.shell("deploy", "echo deployed; touch deployed").after(build)
dag.shell("lint", "echo linted >> linted")
"""
SLOW = """
import ci
dag = ci.DAG("slow")
dag.shell("wait", "echo begun; touch begun; while ! test -e enough; do sleep 0.1; done; echo ended")
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    with ServerProcess(tmp_path) as server:
        yield server.address


def asked(address: str, cwd: Path, *arguments: str) -> Ended:
    return turboci(*arguments, cwd=cwd, TURBOCI_ADDRESS=address)


def made(address: str, cwd: Path, text: str = PIPELINE) -> str:
    """Run a pipeline on the server; return the id of its plan."""
    (cwd / "pipeline.py").write_text(text)
    ended = turboci("run", "pipeline.py", "--connect", address, cwd=cwd)
    found = re.search(r"plan ([0-9a-f]{32})", ended.out)
    assert found is not None, ended
    return found[1]


def read(ended: Ended) -> Any:
    return json.loads(ended.out)


def test_a_failed_plan_from_the_list_to_the_retry(served: str, tmp_path: Path) -> None:
    """It is listed, shown, explained, its log is read, and a retry runs only what did not succeed."""
    plan = made(served, tmp_path)
    listed = asked(served, tmp_path, "plans")
    assert listed.out.splitlines()[0].split() == ["PLAN", "NAME", "STATUS", "STARTED", "TOOK"]
    assert listed.out.splitlines()[1].startswith(f"{plan[:8]}  release  failed  ")
    shown = asked(served, tmp_path, "show", "latest")
    assert shown.code == 1
    assert "build FAILED: command exited with 3\n  │ one\n  │ two red\n" in shown.out
    assert asked(served, tmp_path, "why", "release", "deploy").out.endswith(
        "check 'build' is FAILED, so its dependencies cannot be satisfied\n"
    )
    assert asked(served, tmp_path, "logs", plan[:6], "build").out == "one\ntwo red\n"

    (tmp_path / "repaired").touch()
    again = asked(served, tmp_path, "retry", "latest")
    assert "no live runner of type 'shell' yet" in again.err
    number, id = again.out.splitlines()
    assert number == "4 nodes to run again, 1 node carried over"
    runner = start("runner", "--connect", served, cwd=tmp_path)
    try:
        watched = asked(served, tmp_path, "watch", id)
    finally:
        runner.send_signal(signal.SIGTERM)
        runner.communicate(timeout=30)
    assert watched.code == 0, watched
    assert "✓ deploy        succeeded" in watched.out
    assert (tmp_path / "deployed").exists()
    assert (tmp_path / "linted").read_text() == "linted\n"
    assert asked(served, tmp_path, "retry", "latest").err.endswith("SUCCEEDED as a whole; there is nothing to retry\n")


def test_a_running_plan_is_watched_followed_and_cancelled(served: str, tmp_path: Path) -> None:
    """Logs are followed while they grow, a watch that is left leaves the plan alone, and a cancelled one is red."""
    (tmp_path / "pipeline.py").write_text(SLOW)
    run = start("run", "pipeline.py", "--connect", served, cwd=tmp_path)
    try:
        until((tmp_path / "begun").exists)
        following = start("logs", "latest", "wait", "--follow", "--connect", served, cwd=tmp_path)
        assert following.stdout is not None
        assert following.stdout.readline() == "begun\n"
        [runner] = read(asked(served, tmp_path, "runners", "--json"))
        assert (runner["runner_type"], runner["current_load"]) == ("shell", 1)
        assert "shell" in asked(served, tmp_path, "runners").out
        left = in_terminal(
            "watch", "slow", "--connect", served, cwd=tmp_path, keys=[(lambda seen: "1 running" in seen, b"\x03")]
        )
        assert left.code == 130
        assert read(asked(served, tmp_path, "plans", "--json"))[0]["status"] == "RUNNING"
        assert asked(served, tmp_path, "retry", "slow").err.endswith(
            "is RUNNING; wait until it has ended, or turboci cancel it, before a retry\n"
        )
        assert re.fullmatch(
            r"stage 'wait' of work plan 'slow' \(\w{8}\) is CANCELLED\n",
            asked(served, tmp_path, "cancel", "slow", "wait").out,
        )
        assert run.wait(30) == 1
        assert following.wait(30) == 0
        assert asked(served, tmp_path, "cancel", "slow").out.endswith("had ended before: FAILED\n")
        assert asked(served, tmp_path, "watch", "slow").code == 1
    finally:
        for process in (run, following):
            process.kill()
            process.communicate()


def test_the_file_of_a_run_can_be_looked_into(tmp_path: Path) -> None:
    """Without a server, by --db; while a server has it, that one is asked."""
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    assert turboci("run", "pipeline.py", cwd=tmp_path).code == 1
    there = ("--db", "turboci.db")
    assert turboci("logs", "latest", "build", *there, cwd=tmp_path).out == "one\ntwo red\n"
    before = read(turboci("show", "release", "--json", *there, cwd=tmp_path))
    assert {stage["id"]: stage["outcome"] for stage in before["nodes"]["stages"]} == {
        "build": "FAILED", "deploy": "SKIPPED", "lint": "SUCCEEDED"
    }  # fmt: skip
    with ServerProcess(tmp_path):
        assert read(turboci("show", "release", "--json", *there, cwd=tmp_path)) == before


def test_logs_outlive_a_crash(tmp_path: Path) -> None:
    """What a command had printed when everything was killed can be read from the file."""
    (tmp_path / "pipeline.py").write_text(SLOW)
    run = start("run", "pipeline.py", cwd=tmp_path)
    try:
        until((tmp_path / "begun").exists)
        until(lambda: "begun" in turboci("logs", "latest", "wait", "--db", "turboci.db", cwd=tmp_path).out)
    finally:
        run.kill()
        run.communicate()
    after = turboci("logs", "latest", "wait", "--db", "turboci.db", cwd=tmp_path)
    assert (after.code, after.out) == (0, "begun\n")


def test_a_run_is_retried_where_it_ran(tmp_path: Path) -> None:
    """With --jobs the commands run in the process of the retry, which shows them and ends as the plan does."""
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    assert turboci("run", "pipeline.py", cwd=tmp_path).code == 1
    red = turboci("retry", "latest", "--db", "turboci.db", "--jobs", "2", cwd=tmp_path)
    assert red.code == 1
    assert "build FAILED: command exited with 3" in red.out
    (tmp_path / "repaired").touch()
    green = turboci("retry", "latest", "--db", "turboci.db", "--jobs", "2", cwd=tmp_path)
    assert (green.code, green.err) == (0, "")
    assert "release: 3 succeeded in" in green.out
    assert (tmp_path / "linted").read_text() == "linted\n"
    told = turboci("watch", "latest", "--json", "--db", "turboci.db", cwd=tmp_path)
    assert told.code == 0
    events = [json.loads(line) for line in told.out.splitlines()]
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["event"] == "PlanCompleted"


def test_reports_of_a_run(tmp_path: Path) -> None:
    """`run` writes what it is asked for, whatever comes of the plan; places are looked at first."""
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    wanted = ["--junit", "j.xml", "--trace", "t.json", "--report", "r.html", "--github-summary"]
    ended = turboci("run", "pipeline.py", *wanted, cwd=tmp_path, GITHUB_STEP_SUMMARY=str(tmp_path / "s.md"))
    assert (ended.code, ended.err) == (1, "")
    assert 'failures="1"' in (tmp_path / "j.xml").read_text()
    assert json.loads((tmp_path / "t.json").read_text())["traceEvents"]
    assert "two red" in (tmp_path / "r.html").read_text()
    assert (tmp_path / "s.md").read_text().startswith("## ❌ release")
    (tmp_path / "turboci.db").unlink()
    refused = turboci("run", "pipeline.py", "--junit", "absent/j.xml", cwd=tmp_path)
    assert (refused.code, refused.out) == (2, "")
    assert "there is no directory absent; create it first" in refused.err
    assert not (tmp_path / "turboci.db").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["plans"], "cannot be reached (connection refused); start one with `turboci serve`, name another with"),
        (["show", "latest", "--db", "absent.db"], "absent.db does not exist; name the database with --db"),
        (["why"], "Missing argument 'PLAN'"),
        (["plans", "--status", "odd"], "'odd' is not one of"),
        (["logs", "latest"], "Missing argument 'STAGE'"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments: list[str], said: str, tmp_path: Path) -> None:
    """With exit code 2, without a traceback, and without creating anything."""
    ended = asked("", tmp_path, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert list(tmp_path.iterdir()) == []


def test_mistakes_beside_a_server(served: str, tmp_path: Path) -> None:
    """Plans, stages and nodes that there are not have near misses."""
    made(served, tmp_path)
    for arguments, said in (
        (["show", "relaese"], "work plan 'relaese' is not there (did you mean 'release'?); turboci plans lists them"),
        (["logs", "latest", "biuld"], "(did you mean 'build'?); it has 'build', 'deploy', 'lint'"),
        (["cancel", "latest", "delpoy"], "(did you mean 'deploy'?)"),
        (["why", "latest", "lnit"], "node 'lnit' is not in work plan 'release'"),
        (["logs", "latest", "build", "--attempt", "7"], "7"),
    ):
        ended = asked(served, tmp_path, *arguments)
        assert (ended.code, ended.out) == (2, ""), ended
        assert said in ended.err


def test_shells_complete_commands_and_plans(served: str, tmp_path: Path) -> None:
    """The script is one that the shell takes, and asks the orchestrator for plans and stages."""
    made(served, tmp_path)
    script = turboci("completion", "bash", cwd=tmp_path).out
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    for words, expected in (
        ("turboci w", {"watch", "why"}),
        ("turboci show rel", {"release"}),
        ("turboci logs latest ", {"build", "deploy", "lint"}),
    ):
        assert offered(served, tmp_path, words) == expected


def offered(address: str, cwd: Path, words: str) -> set[str]:
    """Return what bash is told for the words that are typed so far."""
    found = turboci(
        cwd=cwd, TURBOCI_ADDRESS=address,
        COMP_WORDS=words, COMP_CWORD=str(words.count(" ")), _TURBOCI_COMPLETE="bash_complete",
    )  # fmt: skip
    return {line.partition(",")[2] for line in found.out.splitlines()}
