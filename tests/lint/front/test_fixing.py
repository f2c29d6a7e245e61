from __future__ import annotations

import stat
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_lint.errors import LintError
from ci_lint.files import write_atomically
from ci_lint.findings import Diagnostic, Edit, Fix, Safety, Span
from ci_lint.fixing import mend, unified_diff
from ci_lint.fixing.rounds import MOST_ROUNDS
from ci_lint.fixing.splicing import splice
from tests.lint.front.findings import PATH, finding, replacing

SOURCE = "# ä\r\na = [b, b]\t\nc = 1\r"


def test_only_the_bytes_of_the_edits_change() -> None:
    found = finding(SOURCE, ", b", fix=replacing(SOURCE, ", b", ""))
    result = splice(SOURCE.encode(), [found], unsafe=False)
    assert result.content == "# ä\r\na = [b]\t\nc = 1\r".encode()
    assert result.applied == (found,)


def test_unsafe_fixes_are_applied_only_if_that_is_asked_for() -> None:
    found = finding(SOURCE, "c = 1", fix=replacing(SOURCE, "1", "2", Safety.UNSAFE))
    assert splice(SOURCE.encode(), [found], unsafe=False).content == SOURCE.encode()
    assert splice(SOURCE.encode(), [found], unsafe=True).content == SOURCE.replace("1", "2").encode()


def test_of_fixes_that_touch_the_first_is_applied_and_the_other_waits() -> None:
    source = "abcd = 1\n"
    first = finding(source, "ab", fix=replacing(source, "ab", "x"))
    second = finding(source, "cd", fix=replacing(source, "cd", "y"))
    inserted = finding(source, "ab", fix=Fix("insert", (Edit(Span(2, 2), b"z"),), Safety.SAFE))
    assert splice(source.encode(), [second, inserted, first], unsafe=False).content == b"xcd = 1\n"


def test_a_fix_is_applied_whole_or_not_at_all() -> None:
    source = "a = 1\nb = 2\n"
    first = finding(source, "a", fix=replacing(source, "a", "x"))
    edits = (*replacing(source, "a", "y").edits, *replacing(source, "b", "y").edits)
    whole = finding(source, "b", fix=Fix("rename", edits, Safety.SAFE))
    assert splice(source.encode(), [first, whole], unsafe=False).content == b"x = 1\nb = 2\n"


def test_a_fix_that_would_break_the_file_is_left_out_and_told_and_the_others_are_applied() -> None:
    source = "a = 1\nb = 2\n"
    good = finding(source, "a", fix=replacing(source, "a", "x"))
    bad = finding(source, "b", "CI007", fix=replacing(source, "b", "("))
    wild = finding(source, "2", "CI008", fix=Fix("beyond", (Edit(Span(10, 99), b""),), Safety.SAFE))
    result = splice(source.encode(), [good, bad, wild], unsafe=False)
    assert result.content == b"x = 1\nb = 2\n"
    assert {each.code for each in result.broken} == {"CI007", "CI008"}


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4), st.sampled_from([b"", b"x", b"yy"])), max_size=6))
def test_whatever_the_edits_are_what_lies_outside_of_the_applied_ones_stays(
    drawn: Sequence[tuple[int, int, bytes]],
) -> None:
    content = b"abcdefghijklmnop"
    found = [
        Diagnostic(
            PATH, Span(start, start), "CI003", "", fix=Fix("", (Edit(Span(start, start + size), new),), Safety.SAFE)
        )
        for start, size, new in drawn
    ]
    result = splice(content, found, unsafe=False)
    wanted = content
    for each in sorted(result.applied, key=lambda one: one.span, reverse=True):
        assert each.fix is not None
        (edit,) = each.fix.edits
        wanted = wanted[: edit.span.start] + edit.replacement + wanted[edit.span.end :]
    assert result.content == wanted


class Linter:
    """Finds words to replace, from a table; records what it was given."""

    def __init__(self, content: str, table: Mapping[str, str], path: Path = PATH) -> None:
        self.contents = {path: content.encode()}
        self.table = table
        self.runs = 0

    def __call__(self, changed: Mapping[Path, bytes]) -> Mapping[Path, Sequence[Diagnostic]]:
        self.runs += 1
        return {path: self._found(changed.get(path, content)) for path, content in self.contents.items()}

    def _found(self, content: bytes) -> list[Diagnostic]:
        source = content.decode()
        return [
            finding(source, old, message=old, fix=replacing(source, old, new))
            for old, new in self.table.items()
            if old in source
        ]


def test_fixes_go_on_until_nothing_is_left_to_mend() -> None:
    lint = Linter("aa = 1\n", {"aa": "bb", "bb": "cc"})
    result = mend(lint({}), lint.contents.__getitem__, lint, unsafe=False)
    assert result.contents == {PATH: b"cc = 1\n"}
    assert result.left == {PATH: []}
    assert result.applied == {PATH: 2}
    assert not result.endless


def test_what_is_mended_once_is_not_changed_again() -> None:
    lint = Linter("aa = 1\n", {"aa": "bb"})
    after = mend(lint({}), lint.contents.__getitem__, lint, unsafe=False).contents[PATH]
    again = Linter(after.decode(), lint.table)
    assert mend(again({}), again.contents.__getitem__, again, unsafe=False).contents == {}


def test_fixes_that_undo_each_other_are_given_up() -> None:
    lint = Linter("aa = 1\n", {"aa": "bb", "bb": "aa"})
    result = mend(lint({}), lint.contents.__getitem__, lint, unsafe=False)
    assert result.endless
    assert lint.runs == MOST_ROUNDS + 1


def test_a_fix_that_would_break_the_file_does_not_hold_up_others() -> None:
    lint = Linter("ab = 1\n", {"ab": "(", "b =": "c ="})
    result = mend(lint({}), lint.contents.__getitem__, lint, unsafe=False)
    assert result.contents == {PATH: b"ac = 1\n"}
    assert len(result.broken) == 1


def test_a_patch_can_be_applied(tmp_path: Path) -> None:
    before = "a = 'ä'\nb = 1\nc = 2\r\nd = 3\n\x0ce = 4".encode()
    after = before.replace(b"b = 1\n", b"").replace(b"e = 4", b"e = 5\n")
    (tmp_path / "f.py").write_bytes(before)
    patch = unified_diff(Path("f.py"), before, after)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch.encode(), check=True)
    assert (tmp_path / "f.py").read_bytes() == after
    assert unified_diff(Path("f.py"), before, before) == ""


def test_a_file_is_replaced_with_its_mode_and_behind_its_link(tmp_path: Path) -> None:
    file = tmp_path / "real.py"
    file.write_bytes(b"old")
    file.chmod(0o751)
    link = tmp_path / "link.py"
    link.symlink_to("real.py")
    write_atomically(link, b"new", expected=b"old")
    assert file.read_bytes() == b"new"
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o751
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link.py", "real.py"]


def test_a_new_file_gets_the_mode_that_new_files_get(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"")
    write_atomically(tmp_path / "new", b"x")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_what_somebody_else_has_changed_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"theirs")
    with pytest.raises(LintError, match=r"a\.py was changed by somebody else"):
        write_atomically(file, b"ours", expected=b"old")
    assert file.read_bytes() == b"theirs"


def test_what_cannot_be_written_is_an_error_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(LintError, match="cannot be written: No such file or directory"):
        write_atomically(tmp_path / "nowhere" / "a.py", b"")
    assert not [*tmp_path.iterdir()]
