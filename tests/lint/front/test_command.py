from __future__ import annotations

import io
import json
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest

from ci_lint.cli.main import main
from ci_lint.reports import FORMS

UNUSED = "a = 1  # ci-lint: ignore[CI003]\n"


@dataclass(frozen=True)
class Said:
    """What a run said."""

    code: int
    out: str
    err: str


class Runner:
    """Runs the command in an empty project."""

    def __init__(self, root: Path, capture: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self._capture = capture
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str, stdin: bytes | None = None) -> Said:
        if stdin is not None:
            self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self._capture.readouterr()
        code = main(arguments)
        captured = self._capture.readouterr()
        return Said(code, captured.out, captured.err)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


@pytest.fixture
def lint(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "CI_LINT_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".git").mkdir()
    return Runner(tmp_path, capsys, monkeypatch)


def test_nothing_found_is_zero_and_only_a_remark(lint: Runner) -> None:
    lint.write("a.py", "x = 1\n")
    assert lint() == Said(0, "", "ci-lint: nothing found in 1 file\n")


def test_findings_are_one_and_stand_on_stdout(lint: Runner) -> None:
    lint.write("src/a.py", UNUSED)
    said = lint("--output-format", "concise", "src")
    assert said.code == 1
    assert said.out == "src/a.py:1:8: CI090 nothing is suppressed by `ignore` of CI003; remove it\n"
    assert said.err == "ci-lint: 1 finding; --fix mends 1\n"


def test_exit_zero_is_about_findings_only(lint: Runner) -> None:
    lint.write("a.py", UNUSED)
    assert lint("--exit-zero").code == 0
    assert lint("--exit-zero", "nope").code == 2


def test_a_missing_path_is_an_error(lint: Runner) -> None:
    assert lint("nope.py") == Said(2, "", "error: nope.py does not exist; name files or directories\n")


def test_no_python_files_is_a_remark(lint: Runner) -> None:
    lint.write("a.txt", "")
    said = lint(".")
    assert said.code == 0
    assert "no Python files in ." in said.err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--select", "CI0001"), "--select: no rule is called 'CI0001' (did you mean 'CI001'?)"),
        (("--ignore", "CI900"), "--ignore: CI900 (syntax-error) is always reported"),
        (("--extend-select", "nonsense"), "--extend-select: no rule is called 'nonsense'"),
        (("--config", "nope.toml"), "nope.toml cannot be read: No such file"),
        (("--unsafe-fixes",), "add --fix or --diff"),
        (("--fix", "--diff"), "give one of them"),
        (("-", "a.py"), "stands alone"),
        (("--stdin-filename", "a.py"), "add `-`"),
        (("--watch", "-"), "does not go with"),
        (("--output-format", "xml"), "is not one of"),
        (("--statistics", "--output-format", "sarif"), "--statistics has no form sarif; it has concise, full, json"),
        (("-j", "0"), "0 is not in the range"),
        (("--output-file", "no/where.txt"), "there is no directory no"),
        (("--selec", "CI001"), "No such option"),
        (("--explain", "CI99"), "--explain: no rule is called 'CI99'"),
    ],
)
def test_what_cannot_be_done_is_two_with_a_reason(lint: Runner, arguments: tuple[str, ...], part: str) -> None:
    lint.write("a.py", UNUSED)
    said = lint(*arguments)
    assert said.code == 2
    assert part in said.err
    assert "Traceback" not in said.err


def test_rules_are_chosen_on_the_command_line_with_commas_and_several_times(lint: Runner) -> None:
    lint.write("a.py", UNUSED + "# ci-lint: ignore[CI0]\n")
    codes = ["--output-format", "concise", "--no-cache"]
    assert "CI090" in lint(*codes).out
    assert "CI090" not in lint(*codes, "--ignore", "CI001,CI090").out
    assert lint(*codes, "--ignore", "CI001", "--ignore", "CI09").out == ""
    assert "CI091" in lint(*codes, "--select", "invalid-suppression").out


def test_a_comment_is_not_unused_because_of_what_was_selected(lint: Runner) -> None:
    lint.write("a.py", UNUSED)
    assert lint("--select", "CI090").code == 0
    assert lint("--select", "CI090,CI003").code == 1


def test_the_configuration_of_the_project_counts(lint: Runner) -> None:
    lint.write("pyproject.toml", '[tool.ci-lint]\nexclude = ["gen/"]\nper-file-ignores = { "tests/" = ["CI090"] }\n')
    for name in ("gen/a.py", "tests/deep/a.py", "src/a.py"):
        lint.write(name, UNUSED)
    assert lint("--output-format", "concise").out.splitlines() == [
        "src/a.py:1:8: CI090 nothing is suppressed by `ignore` of CI003; remove it"
    ]
    assert lint("gen/a.py").code == 1
    assert lint("gen/a.py", "--force-exclude").code == 0
    lint.write("pyproject.toml", '[tool.ci-lint]\nselec = ["CI001"]\n')
    said = lint()
    assert said.code == 2
    assert "has an unknown key tool.ci-lint.selec (did you mean 'select'?)" in said.err


def test_fix_mends_on_disk_and_keeps_the_mode(lint: Runner) -> None:
    path = lint.write("a.py", b"\xef\xbb\xbf" + UNUSED.encode().replace(b"\n", b"\r\n") + b"b = '\t'\r")
    path.chmod(0o750)
    said = lint("--fix")
    assert said == Said(0, "", "ci-lint: mended 1 finding in 1 file; nothing left in 1 file\n")
    assert path.read_bytes() == b"\xef\xbb\xbfa = 1\r\nb = '\t'\r"
    assert stat.S_IMODE(path.stat().st_mode) == 0o750
    assert lint("--fix").err == "ci-lint: nothing found in 1 file\n"


def test_fix_leaves_what_only_a_person_can_mend(lint: Runner) -> None:
    lint.write("a.py", UNUSED + "b = 1  # ci-lint: ignore\n")
    said = lint("--fix", "--output-format", "concise")
    assert said.code == 1
    assert said.out.startswith("a.py:2:8: CI091 ")
    assert said.err == "ci-lint: mended 1 finding in 1 file; 1 finding left\n"


def test_diff_prints_a_patch_and_writes_nothing(lint: Runner) -> None:
    path = lint.write("a.py", UNUSED)
    said = lint("--diff")
    assert said.code == 1
    assert said.out == "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a = 1  # ci-lint: ignore[CI003]\n+a = 1\n"
    assert said.err == "ci-lint: would mend 1 finding in 1 file; 1 finding\n"
    assert path.read_text() == UNUSED


def test_standard_input_is_checked_under_the_name_that_is_given(lint: Runner) -> None:
    lint.write("pyproject.toml", '[tool.ci-lint]\nper-file-ignores = { "tests/" = ["CI090"] }\n')
    said = lint("-", "--output-format", "concise", stdin=UNUSED.encode())
    assert (said.code, said.out[:17]) == (1, "<stdin>:1:8: CI09")
    assert lint("-", "--stdin-filename", "tests/new.py", stdin=UNUSED.encode()).code == 0
    assert lint("-", "--stdin-filename", "src/new.py", stdin=UNUSED.encode()).code == 1


def test_standard_input_goes_out_mended_and_findings_to_stderr(lint: Runner) -> None:
    source = "ä = 1  # ci-lint: ignore[CI003]\r\nb = 1  # ci-lint: ignore\r\n".encode()
    said = lint("-", "--fix", "--output-format", "concise", stdin=source)
    assert said.code == 1
    assert said.out == "ä = 1\r\nb = 1  # ci-lint: ignore\r\n"
    assert said.err.startswith("<stdin>:2:8: CI091 ")


def test_standard_input_can_be_shown_as_a_patch(lint: Runner) -> None:
    said = lint("-", "--diff", "--stdin-filename", "x.py", stdin=UNUSED.encode())
    assert said.out.startswith("--- a/x.py\n+++ b/x.py\n")
    assert said.code == 1


@pytest.mark.parametrize("form", FORMS)
def test_every_form_can_be_written_into_a_file_without_colours(lint: Runner, form: str) -> None:
    lint.write("a.py", UNUSED)
    said = lint("--output-format", form, "--output-file", "out.txt")
    assert said.code == 1
    assert said.out == ""
    text = (lint.root / "out.txt").read_text()
    assert "CI090" in text
    assert "\x1b" not in text


def test_sarif_of_a_real_run_is_valid(lint: Runner) -> None:
    lint.write("a b.py", UNUSED)
    schema = json.loads((Path(__file__).parent / "data/sarif-2.1.0.schema.json").read_text())
    jsonschema.validate(json.loads(lint("--output-format", "sarif").out), schema)


def test_statistics_take_the_place_of_findings(lint: Runner) -> None:
    lint.write("a.py", UNUSED * 2)
    assert lint("--statistics").out == "2  CI090 [*] unused-suppression\n"


def test_source_is_shown_or_not_as_told(lint: Runner) -> None:
    lint.write("a.py", UNUSED)
    assert "^^^" in lint().out
    assert "^^^" not in lint("--no-show-source").out
    assert "^^^" in lint("--output-format", "concise", "--show-source").out


def test_colours_are_for_terminals_or_for_who_asks(lint: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    lint.write("a.py", UNUSED)
    assert "\x1b" not in lint().out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in lint().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in lint().out


def test_rules_are_listed_and_explained(lint: Runner) -> None:
    listed = lint("--list-rules").out.splitlines()
    assert listed[0].split()[:3] == ["CI001", "*", "empty-id"]
    assert any(line.startswith("CI025   may-be-empty-id") for line in listed)
    assert json.loads(lint("--list-rules", "--output-format", "json").out)[0]["code"] == "CI001"
    for word in ("CI090", "ci090", "unused-suppression"):
        said = lint("--explain", word)
        assert said.code == 0
        assert said.out.startswith("# unused-suppression (CI090)\n\nOn by default.")


def test_a_file_that_is_gone_or_a_name_that_is_no_text_is_no_traceback(lint: Runner) -> None:
    name = os.fsdecode(b"\xff.py")
    lint.write(name, UNUSED)
    assert lint().code == 1
    assert json.loads(lint("--output-format", "json").out)[0]["path"] == name


def test_the_help_teaches(lint: Runner) -> None:
    said = lint("--help")
    assert said.code == 0
    for part in ("ci-lint --fix", "[tool.ci-lint]", "# ci-lint: ignore[CI001]", "Exit codes:", "--output-format"):
        assert part in said.out
