"""docs/cli.md is what the commands say."""

from __future__ import annotations

import re

from tests.cli.manual import TARGET, manual
from tests.cli.pictures import DOCS, live_view


def test_the_page_of_the_commands_is_up_to_date() -> None:
    """Help texts and output are those of today; `python -m tests.cli.manual --write` makes the page anew."""
    assert TARGET.read_text(encoding="utf-8") == manual()


def test_the_picture_of_the_live_view_is_up_to_date() -> None:
    """It is what the code draws today; `python -m tests.cli.pictures` makes it anew, and every picture is there."""
    assert (DOCS / "live-view.svg").read_text(encoding="utf-8") == live_view()
    for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", TARGET.read_text(encoding="utf-8")):
        assert (DOCS / picture).stat().st_size > 1_000
