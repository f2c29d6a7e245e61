"""The tail and the lines of a command's output."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ci.runner.output import MAX_LINE_BYTES, LineSplitter, OutputTail

CHUNKS = st.lists(st.binary(max_size=40) | st.sampled_from([b"\n", b"a\n", b"\r\n", b"\xff\n", b"\xc3", b"\xa9"]))


@given(CHUNKS)
def test_lines_do_not_depend_on_how_the_output_is_cut(chunks: list[bytes]) -> None:
    """Whatever pieces arrive, the lines are those of the whole."""
    splitter = LineSplitter()
    lines = [line for chunk in chunks for line in splitter.feed(chunk)] + splitter.end()
    whole = b"".join(chunks).split(b"\n")
    if not whole[-1]:
        whole.pop()
    assert lines == [line.removesuffix(b"\r").decode("utf-8", "replace") for line in whole]


def test_a_line_without_end_is_shown_in_pieces() -> None:
    """Output without a newline does not grow in memory."""
    splitter = LineSplitter()
    pieces = splitter.feed(b"x" * (3 * MAX_LINE_BYTES)) + splitter.end()
    assert [len(piece) for piece in pieces] == [MAX_LINE_BYTES] * 3


@given(CHUNKS, st.integers(1, 60))
def test_the_tail_is_the_end_of_the_output_in_whole_lines(chunks: list[bytes], keep: int) -> None:
    """Nothing is left out that fits; else the tail begins with a line, and says how much is missing."""
    tail = OutputTail(keep)
    for chunk in chunks:
        tail.add(chunk)
    whole = b"".join(chunks)
    text = tail.text()
    if len(whole) <= keep:
        assert text == whole.decode("utf-8", "replace").replace("\r\n", "\n")
        return
    head, _, kept = text.partition("\n")
    dropped = int(head.removeprefix("[").split(" ")[0].replace(",", ""))
    assert kept == whole[dropped:].decode("utf-8", "replace").replace("\r\n", "\n")
    # As many whole lines as fit; if not even one does, the end of it.
    first = len(whole) - keep
    starts = [start for start in range(first, len(whole)) if whole[start - 1 : start] == b"\n"]
    assert dropped == (starts[0] if starts else first)


def test_the_tail_stays_small() -> None:
    """Whatever is appended, about the size to keep is held."""
    tail = OutputTail(1_000)
    for _ in range(10_000):
        tail.add(b"123456789\n")
    assert tail.text() == "[99,000 bytes before this are left out]\n" + 100 * "123456789\n"
