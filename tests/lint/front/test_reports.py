from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import click
import jsonschema
import pytest

from ci_lint.files import SourceText
from ci_lint.findings import Diagnostic, Label, Safety, Span
from ci_lint.reports import FORMS, Report, counted, written
from tests.lint.front.findings import PATH, finding, replacing, span_of

SCHEMA = Path(__file__).parent / "data" / "sarif-2.1.0.schema.json"
SOURCE = 'import ci\n\tname = "日本"; test = dag.stage("test").after(build, build)\nx = 1\n'


def report_of(*found: Diagnostic, source: str | bytes = SOURCE, show: bool | None = None) -> Report:
    text = SourceText.of(source if isinstance(source, bytes) else source.encode())
    return Report(found, lambda _: text, show)


def duplicate(path: Path = PATH) -> Diagnostic:
    found = finding(
        SOURCE,
        "build",
        nth=1,
        labels=(Label(span_of(SOURCE, "build"), "first named here"),),
        help="a set would do",
        fix=replacing(SOURCE, ", build", ""),
    )
    return replace(found, path=path)


def plain(report: Report, form: str) -> str:
    return click.unstyle(written(report, form))


def test_concise_is_path_line_column_code_and_message() -> None:
    assert plain(report_of(duplicate()), "concise") == (
        "pipeline.py:2:53: CI003 stage 'test' depends on 'build' twice; name it once\n"
    )


def test_full_underlines_what_is_to_blame_and_what_explains_it_below_tabs_and_wide_characters() -> None:
    assert plain(report_of(duplicate()), "full") == (
        "CI003 stage 'test' depends on 'build' twice; name it once\n"
        "  --> pipeline.py:2:53\n"
        "  |\n"
        "1 | import ci\n"
        '2 |     name = "日本"; test = dag.stage("test").after(build, build)\n'
        "  |                                                   -----  ^^^^^\n"
        "  |                                                   |\n"
        "  |                                                   first named here\n"
        "3 | x = 1\n"
        "  |\n"
        "help: a set would do\n"
        "help: `--fix` can replace ', build' by ''\n"
        "\n"
    )


def test_full_shows_places_far_apart_and_the_text_behind_the_last_underline() -> None:
    source = "a = 1\n" + "\n" * 9 + "b = a\nc = b\n"
    found = finding(source, "c", labels=(Label(span_of(source, "a"), "here"), Label(span_of(source, "b"), "and here")))
    assert plain(report_of(found, source=source), "full") == (
        "CI003 stage 'test' depends on 'build' twice; name it once\n"
        "  --> pipeline.py:12:1\n"
        "   |\n"
        " 1 | a = 1\n"
        "   | - here\n"
        "   ...\n"
        "11 | b = a\n"
        "   | - and here\n"
        "12 | c = b\n"
        "   | ^\n"
        "   |\n"
        "\n"
    )


def test_full_underlines_each_line_of_a_span_and_of_a_long_one_the_first_and_the_last() -> None:
    source = "f(\n    a,\n    b,\n)\n"
    text = plain(report_of(finding(source, source.strip()), source=source), "full")
    shown = [line.strip("| ") for line in text.splitlines()[3:11]]
    assert shown == ["1 | f(", "^^", "2 |     a,", "^^", "3 |     b,", "^^", "4 | )", "^"]
    source = "f(\n" + "    a,\n" * 50 + ")\n"
    text = plain(report_of(finding(source, source.strip()), source=source), "full")
    assert "..." in text
    assert len(text.splitlines()) < 14


@pytest.mark.parametrize("offset", [0, 1, 5, 6])
def test_full_shows_empty_places_with_one_caret(offset: int) -> None:
    found = Diagnostic(PATH, Span(offset, offset), "CI900", "here")
    assert plain(report_of(found, source="a = 1\n"), "full").count("^") == 1
    assert plain(report_of(Diagnostic(PATH, Span(0, 0), "CI901", "gone"), source=""), "full").count("^") == 1


def test_full_crops_long_lines_around_what_is_underlined() -> None:
    source = "x = [" + "1, " * 500 + "wrong, " + "2, " * 500 + "]\n"
    lines = plain(report_of(finding(source, "wrong"), source=source), "full").splitlines()
    assert max(map(len, lines)) < 180
    assert lines[3].startswith("1 | …")
    assert lines[3].endswith("…")
    column = lines[4].index("^")
    assert lines[3][column : column + 5] == "wrong"


@pytest.mark.parametrize("form", ["full", "concise"])
def test_nothing_in_a_file_or_its_name_is_obeyed_by_the_terminal(form: str) -> None:
    source = "a = '\x1b[31m\u202e'\n"
    found = replace(finding(source, "a", message="the id '\x1b[2J' is wrong\nreally"), path=Path("a\x1b[1m\n.py"))
    styled = written(report_of(found, source=source), form)
    assert not [bad for bad in ("\x1b[31m\u202e", "\x1b[2J", "\x1b[1m\n") if bad in styled]
    text = click.unstyle(styled)
    assert "\u202e" not in text
    assert "␛[2J" in text
    assert "a␛[1m␊.py" in text


def test_full_without_source_is_message_place_and_help() -> None:
    assert plain(report_of(duplicate(), show=False), "full").splitlines() == [
        "CI003 stage 'test' depends on 'build' twice; name it once",
        "  --> pipeline.py:2:53",
        "help: a set would do",
        "help: `--fix` can replace ', build' by ''",
        "",
    ]
    assert "^^^^^" in plain(report_of(duplicate(), show=True), "concise")


def test_json_has_places_labels_and_fixes() -> None:
    (record,) = json.loads(written(report_of(duplicate()), "json"))
    assert record == {
        "code": "CI003",
        "name": "duplicate-dependency",
        "message": "stage 'test' depends on 'build' twice; name it once",
        "path": "pipeline.py",
        "line": 2,
        "column": 53,
        "end_line": 2,
        "end_column": 58,
        "labels": [{"line": 2, "column": 46, "end_line": 2, "end_column": 51, "text": "first named here"}],
        "help": "a set would do",
        "fix": {
            "title": "replace ', build' by ''",
            "safety": "safe",
            "edits": [{"line": 2, "column": 51, "end_line": 2, "end_column": 58, "replacement": ""}],
        },
    }
    lines = written(report_of(duplicate(), duplicate()), "jsonl").splitlines()
    assert [json.loads(line) for line in lines] == [record, record]


def test_sarif_is_what_its_schema_wants() -> None:
    odd = duplicate(Path("dir with blank/ä#1.py"))
    absolute = duplicate(Path("/abs/a.py"))
    unreadable = Diagnostic(Path("gone.py"), Span(0, 0), "CI901", "gone")
    schema = json.loads(SCHEMA.read_text())
    for found in ((), (duplicate(), odd, absolute), (unreadable,)):
        log = json.loads(written(report_of(*found), "sarif"))
        jsonschema.validate(log, schema, format_checker=jsonschema.FormatChecker())
    (run,) = log["runs"]
    assert run["invocations"] == [{"executionSuccessful": False}]
    run = json.loads(written(report_of(duplicate(), odd, absolute), "sarif"))["runs"][0]
    first, second, third = run["results"]
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == "CI003"
    region = first["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 2, "startColumn": 53, "endLine": 2, "endColumn": 58}
    assert first["relatedLocations"][0]["message"] == {"text": "first named here"}
    uris = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in (second, third)]
    assert uris == ["dir%20with%20blank/%C3%A4%231.py", "file:///abs/a.py"]


def test_fingerprints_stay_when_lines_are_inserted_above_and_differ_within_a_file() -> None:
    later = "\n\n" + SOURCE
    moved = finding(later, "build", nth=1)
    first = finding(SOURCE, "build", nth=1)

    def prints(report: Report) -> list[str]:
        return [each["fingerprint"] for each in json.loads(written(report, "gitlab"))]

    assert prints(report_of(first)) == prints(report_of(moved, source=later))
    assert len({*prints(report_of(first, first))}) == 2


def test_gitlab_gets_what_code_quality_reads() -> None:
    (issue,) = json.loads(written(report_of(duplicate()), "gitlab"))
    assert issue["description"] == "CI003: stage 'test' depends on 'build' twice; name it once"
    assert issue["check_name"] == "CI003"
    assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
    assert issue["location"]["path"] == "pipeline.py"
    assert issue["location"]["lines"] == {"begin": 2, "end": 2}


def test_github_commands_are_escaped() -> None:
    found = replace(finding("a\nb\n", "a", message="100%\r\nsure: a,b"), path=Path("a,b:c.py"))
    assert written(report_of(found, source="a\nb\n"), "github") == (
        "::error title=ci-lint (CI003),file=a%2Cb%3Ac.py,line=1,endLine=1,col=1,endColumn=2::"
        "a,b:c.py:1:1: CI003 100%25%0D%0Asure: a,b\n"
    )
    several = finding("a\nb\n", "a\nb")
    assert ",col=" not in written(report_of(several, source="a\nb\n"), "github")


def test_junit_can_be_read_whatever_the_message_is() -> None:
    found = finding("a\n", "a", message="<&> \x00\x1b \ufffe")
    root = ElementTree.fromstring(written(report_of(found, source="a\n"), "junit"))
    assert root.attrib == {"name": "ci-lint", "tests": "1", "failures": "1"}
    (case,) = root.iter("testcase")
    assert case.attrib["name"] == "CI003 duplicate-dependency"
    assert (case.attrib["file"], case.attrib["line"]) == ("pipeline.py", "1")
    (failure,) = case
    assert failure.attrib["message"] == "<&> ␀␛ \ufffd"
    assert [each.tag for each in ElementTree.fromstring(written(report_of(), "junit")).iter()] == [
        "testsuites",
        "testsuite",
        "testcase",
    ]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_can_say_that_nothing_was_found_and_that_a_file_is_not_there(form: str) -> None:
    assert isinstance(written(report_of(), form), str)
    missing = Diagnostic(PATH, Span(0, 0), "CI901", "the file cannot be read: gone")
    assert "CI901" in written(report_of(missing, source=""), form)


def test_an_unknown_form_is_an_error() -> None:
    with pytest.raises(ValueError, match="there is no form 'xml'; there are full, concise"):
        written(report_of(duplicate()), "xml")


def test_statistics_count_each_rule() -> None:
    report = report_of(duplicate(), finding(SOURCE, "x", "CI001"), duplicate())
    assert click.unstyle(counted(report, "full")) == ("2  CI003 [*] duplicate-dependency\n1  CI001 [ ] empty-id\n")
    assert json.loads(counted(report, "json"))[0] == {
        "code": "CI003",
        "name": "duplicate-dependency",
        "count": 2,
        "fixable": True,
    }
    assert click.unstyle(counted(report_of(), "full")) == ""


def test_unsafe_fixes_are_offered_with_their_option() -> None:
    found = finding(SOURCE, "x", fix=replacing(SOURCE, "x", "y", Safety.UNSAFE))
    assert "help: `--fix --unsafe-fixes` can replace 'x' by 'y'" in plain(report_of(found), "full")
