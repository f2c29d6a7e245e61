from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from ci.cli.view.layout import Placed, fitting, outline, prefixes
from ci.cli.view.phases import ASCII, Phase
from ci.cli.view.row import Row, Seen
from turboci.dependencies import NodeKind, NodeRef
from turboci.states import Outcome


def graph(edges: dict[str, str]) -> tuple[tuple[Placed, ...], dict[str, Row]]:
    rows = {label: Row(label) for label in edges}
    parents = {id(rows[label]): [rows[name] for name in names.split()] for label, names in edges.items()}
    return outline(list(rows.values()), lambda row: parents[id(row)]), rows


def drawn(placed: Sequence[Placed], levels: int = 9) -> list[str]:
    return [prefix + place.row.label for prefix, place in zip(prefixes(placed, ASCII, levels), placed, strict=True)]


def test_row_hangs_on_the_deepest_parent() -> None:
    """In a diamond with a tail the join stands below the longer way."""
    placed, _ = graph({"a": "", "b": "a", "c": "b", "d": "a", "e": "d c", "f": ""})
    assert drawn(placed) == ["a", "|- b", "|  `- c", "|     `- e", "`- d", "f"]


def test_join_stands_below_all_that_it_waits_for() -> None:
    """Of parents that are equally deep the youngest has the row, whatever the order of the edges."""
    placed, _ = graph({"root": "", "a": "root", "b": "root", "c": "root", "join": "c a b"})
    assert drawn(placed) == ["root", "|- a", "|- b", "`- c", "   `- join"]


def test_deep_chain_keeps_its_innermost_rails() -> None:
    """Of a chain deeper than the levels allowed only the innermost ones are drawn."""
    placed, _ = graph({"a": "", "b": "a", "c": "b", "d": "c", "e": "d"})
    assert drawn(placed, levels=2) == ["a", "`- b", "   `- c", "   `- d", "   `- e"]


def test_circle_is_drawn_once() -> None:
    """Edges that close a circle are left out; every row still stands exactly once."""
    placed, _ = graph({"a": "c", "b": "a", "c": "b"})
    assert sorted(place.row.label for place in placed) == ["a", "b", "c"]


def test_chain_of_ten_thousand_needs_no_recursion() -> None:
    """The depth of a graph never meets the recursion limit."""
    placed, _ = graph({str(n): str(n - 1) if n else "" for n in range(10_000)})
    assert [place.above for place in placed] == [None, *range(9_999)]


def test_what_failed_is_shown_first() -> None:
    """Where rows are left out, the failed ones stay and hang on the nearest row that is shown."""
    placed, rows = graph({"a": "", "b": "a", "c": "b", "d": ""})
    ref = NodeRef(NodeKind.STAGE, "c")
    for label in ("c", "d"):
        rows[label].stage = Seen(ref, outcome=Outcome.FAILED if label == "c" else Outcome.SUCCEEDED)
    assert drawn(fitting(placed, 2)) == ["a", "`- c"]
    assert drawn(fitting(placed, 1)) == ["c"]
    assert fitting(placed, 0) == ()


@given(st.lists(st.lists(st.integers(0, 11), max_size=3), max_size=12), st.integers(0, 12))
def test_every_row_stands_once_below_its_parent(edges: list[list[int]], height: int) -> None:
    """Whatever the edges, circles included, each row is placed once, after the row that it hangs on."""
    rows = [Row(str(n)) for n in range(len(edges))]
    parents = {id(row): [rows[n] for n in targets if n < len(rows)] for row, targets in zip(rows, edges, strict=True)}
    placed = outline(rows, lambda row: [parent for parent in parents[id(row)] if parent is not row])
    assert sorted(place.row.label for place in placed) == sorted(row.label for row in rows)
    for shown in (placed, fitting(placed, height)):
        assert all(place.above is None or place.above < index for index, place in enumerate(shown))
        assert len(prefixes(shown, ASCII, 4)) == len(shown)
    assert len(fitting(placed, height)) == min(height, len(rows))


def test_phases_have_a_sign_in_both_sets() -> None:
    """No phase is without a sign, whatever the terminal can show."""
    assert set(ASCII.phases) == set(Phase)
