"""`python -m benchmarks.guard`: fail if a stage costs much more than at the parent commit.

Both versions run in turns on this machine, with the benchmark of this tree; what counts are ratios. A plan is slower
if both the median of the ratios of neighbouring samples and the ratio of the best samples are above the limit, and
still are after as many samples again. Exit code 1: something is slower; 2: this tree cannot be measured. If there is
nothing to compare with - a clone without history, a parent that lacks what the benchmark calls - it says so and ends
with 0.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from benchmarks.machine import this_machine
from benchmarks.report import as_table
from benchmarks.trees import ROOT, NotComparable, NotMeasurable, bench_of, checked_out, commit_of, sample_of

Pair = tuple[Mapping[str, float], Mapping[str, float]]
"""Milliseconds of a stage by plan: of the other version, and of this tree."""


def ratio(pairs: Sequence[Pair], plan: str) -> float:
    """Return how many times as much a stage costs; the kinder of two ways to look at it."""
    neighbours = statistics.median(ours[plan] / other[plan] for other, ours in pairs)
    best = min(ours[plan] for _, ours in pairs) / min(other[plan] for other, _ in pairs)
    return min(neighbours, best)


def require_comparable(other: Path) -> None:
    """Run the smallest plans on the other version.

    Raises:
        NotComparable: It cannot.
    """
    try:
        sample_of(other, 0.01)
    except NotMeasurable as error:
        raise NotComparable(f"the parent does not run this benchmark: {error}") from None


def slower(pairs: Sequence[Pair], limit: float) -> set[str]:
    """Return the plans that cost too much."""
    return {plan for plan in pairs[0][1] if ratio(pairs, plan) > limit}


def sampled(other: Path, ours: Path, count: int, scale: float) -> list[Pair]:
    """Return pairs of samples; every second time the order is the other way round."""
    pairs: list[Pair] = []
    for number in range(count):
        if number % 2:
            after = sample_of(ours, scale)
            pairs.append((sample_of(other, scale), after))
        else:
            before = sample_of(other, scale)
            pairs.append((before, sample_of(ours, scale)))
        print(f"pair {number + 1} of {count}", file=sys.stderr, flush=True)
    return pairs


def told(pairs: Sequence[Pair], bad: Collection[str]) -> str:
    """Return the table."""
    rows = [
        (
            plan,
            f"{min(other[plan] for other, _ in pairs):.2f}",
            f"{min(ours[plan] for _, ours in pairs):.2f}",
            f"{ratio(pairs, plan):.2f}" + (" TOO SLOW" if plan in bad else ""),
        )
        for plan in pairs[0][1]
    ]
    return as_table(("plan", "before: ms/stage", "now: ms/stage", "ratio"), rows)


def compared(given: argparse.Namespace) -> tuple[list[Pair], set[str]]:
    """Measure both versions; return the samples, and what is slower: when they are taken again, it must be so again.

    Raises:
        NotComparable: The other version cannot be measured.
        NotMeasurable: This tree cannot.
    """
    with tempfile.TemporaryDirectory(prefix="turboci-guard-", dir=given.folder.absolute()) as text:
        folder = Path(text)
        with checked_out(given.against, folder) as tree:
            other, ours = bench_of(tree, folder / "before"), bench_of(ROOT, folder / "now")
            require_comparable(other)
            pairs = sampled(other, ours, given.pairs, given.scale)
            bad = slower(pairs, given.limit)
            if bad:
                print(f"looks slower, measured again: {'; '.join(sorted(bad))}", file=sys.stderr, flush=True)
                again = sampled(other, ours, given.pairs, given.scale)
                bad &= slower(again, given.limit)
                pairs += again
    return pairs, bad


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guard", description=__doc__)
    parser.add_argument("--against", default="HEAD~1", metavar="REV", help="what to compare with (HEAD~1)")
    parser.add_argument("--limit", type=float, default=1.5, help="the ratio that is too much (1.5)")
    parser.add_argument("--pairs", type=int, default=3, help="how often both are measured (3)")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the size of every plan (1)")
    parser.add_argument("--folder", type=Path, default=Path(), help="where trees and databases go (here)")
    return parser.parse_args()


def main() -> int:
    """Compare and print; return the exit code."""
    given = arguments()
    try:
        pairs, bad = compared(given)
    except NotComparable as error:
        print(f"nothing to compare with: {error}", file=sys.stderr)
        return 0
    except NotMeasurable as error:
        print(error, file=sys.stderr)
        return 2
    print(f"before: {commit_of(given.against)}, now: this tree\n\n{told(pairs, bad)}\n\n{this_machine()}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
