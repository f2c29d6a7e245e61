"""Nodes that are too many for one call, in parts that are written to a running plan one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ci.graph.definitions import CheckDefinition, StageDefinition

NODES_PER_CALL: Final = 10_000
"""Nodes that are written with one call; more are written with several."""


def divided(
    definitions: Sequence[CheckDefinition | StageDefinition],
) -> list[list[CheckDefinition | StageDefinition]]:
    """Return nodes in two parts, or in one if they cannot be written apart.

    Checks come before stages. Stages that answer the same check stay together: what is written starts, and when the
    last stage that is known to answer a check has ended, so has the check.
    """
    checks = [each for each in definitions if isinstance(each, CheckDefinition)]
    stages = [each for each in definitions if isinstance(each, StageDefinition)]
    if checks and stages:
        return [[*checks], [*stages]]
    first: list[CheckDefinition | StageDefinition] = []
    second: list[CheckDefinition | StageDefinition] = []
    for group in [[check] for check in checks] or _that_answer_together(stages):
        part = first if (len(first) + len(group)) * 2 <= len(definitions) or not first else second
        part += group
    return [first, second] if second else [first]


def _that_answer_together(stages: Sequence[StageDefinition]) -> list[list[StageDefinition]]:
    """Return stages in groups, such that no check is answered by stages of two groups."""
    same: dict[str, str] = {}
    for stage in stages:
        first, *others = [_meant(same, link.ref.id) for link in stage.answers] or [""]
        same.update(dict.fromkeys(others, first))
    groups: dict[str, list[StageDefinition]] = {}
    apart: list[list[StageDefinition]] = []
    for stage in stages:
        if stage.answers:
            groups.setdefault(_meant(same, stage.answers[0].ref.id), []).append(stage)
        else:
            apart.append([stage])
    return [*apart, *groups.values()]


def _meant(same: dict[str, str], id: str) -> str:
    """Return the check that stands for all that are answered together with a check."""
    path: list[str] = []
    while (other := same.get(id, id)) != id:
        path.append(id)
        id = other
    same.update(dict.fromkeys(path, id))
    return id
