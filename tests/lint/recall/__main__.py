"""Prints how much is found: ``python -m tests.lint.recall``; ``--write`` puts it into docs/rules/recall.md."""

from __future__ import annotations

import sys

from tests.lint.recall.listed import LISTED
from tests.lint.recall.recall import all_rules, count, noise, table
from tests.lint.rules.pages import FOLDER, RECALL

_HEAD = """# How much is found

Every case in which a rule finds something is written again in other ways: `ci` is imported otherwise, an object gets
its name otherwise, a parameter is annotated otherwise. Counted are those in which the mistake can still be seen: where
an object comes out of a list nobody knows which one it is, so a rule about two uses of one object has nothing to say.
Every case in which a rule is silent is written again in the same ways, and has to stay silent.

"""


def main() -> None:
    """Count, print, and fail if something is missed that is not listed, or found where nothing is wrong."""
    tally = count(all_rules())
    false_alarms = noise(all_rules())
    text = f"{_HEAD}{table(tally)}\nValid cases, written in the same ways: {len(false_alarms)} false alarms.\n"
    text += "\nPrinted by `python -m tests.lint.recall`.\n"
    print(text)
    if "--write" in sys.argv:
        (FOLDER / RECALL).write_text(text, "utf-8")
    missed = {miss.name for miss in tally.missed}
    for name in sorted(missed - LISTED):
        print("missed:", *name)
    for name in sorted(LISTED - missed):
        print("found, take it off the list:", *name)
    for alarm in false_alarms:
        print("false alarm:", *alarm.name)
    sys.exit(bool(missed ^ LISTED or false_alarms))


if __name__ == "__main__":
    main()
