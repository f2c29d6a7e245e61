"""No file makes the linter crash, hang, or say more than one thing about why it cannot be looked at."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_lint.analysis import analyse
from ci_lint.findings import Diagnostic
from ci_lint.problems import PROBLEMS
from ci_lint.project import Project
from ci_lint.source import Source

HEAD: Final = b"import ci\n"
ALL: Final = frozenset(PROBLEMS)
EMPTY: Final = 'ci.check("")'


def found(data: bytes) -> list[Diagnostic]:
    path = Path("/nowhere/x.py")
    return list(analyse(Project(Path("/nowhere")), [Source(path, ALL, data)], prefilter=False)[path])


def codes(data: bytes) -> list[str]:
    return [each.code for each in found(data)]


REFUSED: Final = {
    "syntax error": (HEAD + b"def f(:\n", "CI900"),
    "not utf-8": (HEAD + b'x = "\xe9"\n', "CI900"),
    "unknown encoding": (b"# -*- coding: nonsense -*-\nimport ci\n", "CI900"),
    "NUL byte": (HEAD + b"x = 1\0\n", "CI900"),
    "3,000 parentheses": (HEAD + b"x = " + b"(" * 3000 + b"1" + b")" * 3000 + b"\n", "CI901"),
    "3,000 calls in a chain": (HEAD + b"ci.DAG()" + b".x()" * 3000 + b"\n", "CI901"),
    "3,000 calls on lines of their own": (HEAD + b"x = (ci.DAG()\n" + b" .x()\n" * 3000 + b")\n", "CI901"),
    "3,000 minus signs": (HEAD + b"x = " + b"-" * 3000 + b"1\n", "CI901"),
    "3,000 additions": (HEAD + b"x = 1" + b" + 1" * 3000 + b"\n", "CI901"),
    "3,000 branches": (HEAD + b"if x:\n pass\n" + b"elif x:\n pass\n" * 3000, "CI901"),
    "3,000 lambdas": (HEAD + b"x = " + b"lambda: " * 3000 + b"1\n", "CI901"),
    "5 MB": (HEAD + b'x = """\n' + b"0123456789abcdef\n" * 320_000 + b'"""\n', "CI901"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_looked_at_is_one_finding(name: str) -> None:
    """It says so within two seconds, whatever is wrong."""
    data, code = REFUSED[name]
    start = time.process_time()
    assert codes(data) == [code]
    assert time.process_time() - start < 2.0


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (HEAD + b"x = 1\ny = = 2\n", b"="),
        (HEAD + b'x = "\xe9"\n', b"\xe9"),
        (HEAD + b"x = 1\0\n", b"\0"),
        (HEAD + "é = 'ü'; x = = 2\n".encode(), b"= 2"),
    ],
)
def test_a_refused_file_says_where(data: bytes, place: bytes) -> None:
    (finding,) = found(data)
    assert data[finding.span.start :].startswith(place)


LOOKED_AT: Final = {
    "byte order mark": b"\xef\xbb\xbf" + HEAD + b"CALL\n",
    "CR alone": b"import ci\rx = CALL\r",
    "CR and LF": b"import ci\r\nx = CALL\r\n",
    "form feed": b"import ci\n\x0cx = CALL\n\x0c\n",
    "form feed after blanks": b"import ci\nif x:\n    y\n  \x0c    z = CALL\n",
    "latin-1": b"# -*- coding: latin-1 -*-\nimport ci\nx = '\xe9', CALL\n",
    "no newline at the end": b"import ci; x = CALL",
    "tabs": HEAD + b"if x:\n\ty = CALL\n",
    "a continued line": HEAD + b"x = \\\n  CALL\n",
    "99 levels of indentation": HEAD + b"".join(b" " * n + b"if x:\n" for n in range(99)) + b" " * 99 + b"y = CALL\n",
    "19 loops in each other": HEAD
    + b"".join(b" " * n + b"for x in y:\n" for n in range(19))
    + b" " * 19
    + b"y = CALL\n",
    "100 parentheses": HEAD + b"x = " + b"(" * 100 + b"CALL" + b")" * 100 + b"\n",
    "350 calls in a chain": HEAD + b"x = CALL" + b".x()" * 350 + b"\n",
    "700 conditions": HEAD + b"x = " + b"1 if y else " * 350 + b"CALL\n",
    "3,000 operands": HEAD + b"x = y" + b" and y" * 3000 + b" and CALL\n",
    "a class that inherits from itself": HEAD + b"class A(B): pass\nclass B(A): pass\nA().x(CALL)\n",
    "500 functions that call the next": HEAD
    + b"".join(b"def f%d(): return f%d()\n" % (n, n + 1) for n in range(500))
    + b"def f500(): return CALL\nf0()\n",
    "template string of 3.14": HEAD + b'x = t"{CALL}"\n',
    "except without parentheses of 3.14": HEAD + b"try:\n    x = CALL\nexcept A, B:\n    pass\n",
    "lazy import of 3.15": b"lazy import ci\nx = CALL\n",
    "lazy from of 3.15": b"lazy from ci import check\nimport ci\nx = CALL\n",
    "type parameters of 3.12": HEAD + b"type X[T] = list[T]\ndef f[T: int = bool](x: T): return CALL\n",
    "nested quotes of 3.12": HEAD + b'x = f"{f"{CALL}"}"\n',
}


@pytest.mark.parametrize("name", LOOKED_AT)
def test_odd_files_are_looked_at_like_others(name: str) -> None:
    """The empty id in them is found, and the finding underlines it."""
    data = LOOKED_AT[name].replace(b"CALL", EMPTY.encode())
    (finding,) = [each for each in found(data) if each.code != "CI009"]
    if name == "3,000 operands" and sys.version_info[:2] == (3, 12):
        assert finding.message.startswith("the linter failed on this file: RecursionError")  # too deep for this CPython
        return
    assert finding.code == "CI001"
    assert data[finding.span.start : finding.span.end] == b'""'


def test_a_file_that_cannot_be_read_is_one_finding(tmp_path: Path) -> None:
    """A directory, a missing file and links in a circle are."""
    loop, folder, missing = tmp_path / "loop.py", tmp_path / "folder.py", tmp_path / "missing.py"
    loop.symlink_to(loop)
    folder.mkdir()
    paths = [loop, folder, missing]
    answers = analyse(Project(tmp_path), [Source(path, ALL) for path in paths])
    assert {path: [each.code for each in answers[path]] for path in paths} == {path: ["CI901"] for path in paths}


PIECES: Final = st.sampled_from(
    [
        *("import ci", "from ci import *", "dag = ci.DAG('x')", "dag.check('')", "async def f(dag: ci.DAG):", "if x:"),
        *(
            "    ",
            "        ",
            "\n",
            "\n\n",
            "for a in dag:",
            "await x",
            "(",
            ")",
            "[",
            "]",
            "lambda: ci",
            "x := 1",
            "\\",
        ),
        *("class A(ci.DAG):", "def g():", "return", "yield dag", "try:", "except A, B:", "finally:", "match x:", "'"),
        *("case ci.DAG():", "with dag.execute(x) as y:", "global dag", "del dag", "@property", "f'{dag}'", "é", "\t"),
        *("self.x = dag", "*a, b = dag", "type X = ci.DAG", "x: 'ci.DAG' = dag", "=", ",", ":", "x", "1", "\f", "\r"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=30))
def test_whatever_is_put_together_is_looked_at_or_refused(pieces: list[str]) -> None:
    """Nothing raises; an error of the linter itself would be CI902."""
    assert "CI902" not in codes(("import ci\n" + " ".join(pieces)).encode())


LINES: Final = st.sampled_from(
    [
        *(
            "x = ci.DAG('x')",
            "x = y",
            "y = x.check('a')",
            "x, y = y, x",
            "y = [x, y]",
            "x = f(y)",
            "y.after(x)",
            "del x",
        ),
        *("x = g(x, y)", "self.x = y", "x = self.x", "return x", "yield y", "x = x if y else None", "x += y", "break"),
        *("x = await y", "x = (lambda: y)()", "x = [x for x in y]", "y = {1: x}", "x: ci.DAG = y", "raise x", "pass"),
        *("x = A(y)", "y = A.m(x)", "x = super().m()", "import ci as x", "from ci import *", "global x", "continue"),
        *("assert isinstance(x, ci.DAG)", "x = y or x", "y.append(x)", "x = y[0]", "exec('x')", "y = f'{x}'"),
    ]
)
HEADERS: Final = st.sampled_from(
    [
        *("if x:", "while y:", "for x in y:", "def f(x):", "async def g(x, y: ci.DAG):", "class A(A):", "with x as y:"),
        *(
            "try:",
            "async with x as y:",
            "async for y in x:",
            "class A(ci.DAG):",
            "@property\ndef m(self):",
            "def m(self):",
        ),
    ]
)


@st.composite
def blocks(draw: st.DrawFn, depth: int = 0) -> list[str]:
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        if depth < 4 and draw(st.booleans()):
            header = draw(HEADERS)
            lines += header.split("\n")
            lines += ["    " + line for line in draw(blocks(depth + 1))]
            if header == "try:":
                lines += ["except x as y:", *("    " + line for line in draw(blocks(depth + 2)))]
        else:
            lines.append(draw(LINES))
    return lines


@settings(max_examples=150, deadline=None)
@given(blocks())
def test_whatever_is_written_is_worked_out(lines: list[str]) -> None:
    """Nothing raises and nothing hangs on programs that make no sense."""
    assert "CI902" not in codes(("import ci\n" + "\n".join(lines) + "\n").encode())
