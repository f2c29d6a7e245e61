"""Ways to say what a parameter is."""

from __future__ import annotations

from typing import Final

from tests.lint.recall.forms import Annotation, Keeps

ANNOTATIONS: Final = (
    Annotation("parameter", "{type}"),
    Annotation("parameter annotated with a string", "'{type}'"),
    Annotation("parameter annotated Optional", "Optional[{type}]", "from typing import Optional"),
    Annotation("parameter annotated typing.Optional as a string", "'typing.Optional[{type}]'", "import typing"),
    Annotation("parameter annotated Union with None", "Union[None, {type}]", "from typing import Union"),
    Annotation("parameter annotated | None", "{type} | None"),
    Annotation("parameter annotated Annotated", "Annotated[{type}, 'x']", "from typing import Annotated"),
    Annotation("parameter annotated with an alias", "Alias", "Alias = {type}"),
    Annotation(
        "parameter annotated with a TypeAlias", "Alias", "from typing import TypeAlias\nAlias: TypeAlias = '{type}'"
    ),
    Annotation(
        "parameter annotated with a NewType",
        "Special",
        "from typing import NewType\nSpecial = NewType('Special', {type})",
    ),
    Annotation(
        "parameter annotated with a bound TypeVar", "T", "from typing import TypeVar\nT = TypeVar('T', bound={type})"
    ),
    Annotation("list", "list[{type}]", body="for {name} in {name}_all:\n    {rest}", keeps=Keeps.TYPE),
    Annotation(
        "Sequence, by index",
        "Sequence[{type}]",
        "from collections.abc import Sequence",
        "{name} = {name}_all[0]\n{rest}",
        keeps=Keeps.TYPE,
    ),
    Annotation(
        "Iterable, sorted",
        "Iterable[{type}]",
        "from typing import Iterable",
        "for {name} in sorted({name}_all):\n    {rest}",
        keeps=Keeps.TYPE,
    ),
    Annotation(
        "dict values", "dict[str, {type}]", body="for {name} in {name}_all.values():\n    {rest}", keeps=Keeps.TYPE
    ),
    Annotation(
        "Mapping, by key",
        "Mapping[str, {type}]",
        "from typing import Mapping",
        "{name} = {name}_all['k']\n{rest}",
        keeps=Keeps.TYPE,
    ),
    Annotation("tuple", "tuple[int, {type}]", body="_, {name} = {name}_all\n{rest}", keeps=Keeps.TYPE),
    Annotation("variadic tuple", "tuple[{type}, ...]", body="for {name} in {name}_all:\n    {rest}", keeps=Keeps.TYPE),
    Annotation(
        "Awaitable",
        "Awaitable[{type}]",
        "from typing import Awaitable",
        "{name} = await {name}_all\n{rest}",
        awaits=True,
        keeps=Keeps.TYPE,
    ),
    Annotation(
        "Coroutine",
        "Coroutine[None, None, {type}]",
        "from collections.abc import Coroutine",
        "{name} = await {name}_all\n{rest}",
        awaits=True,
        keeps=Keeps.TYPE,
    ),
    Annotation(
        "AsyncIterator",
        "AsyncIterator[{type}]",
        "from collections.abc import AsyncIterator",
        "async for {name} in {name}_all:\n    {rest}",
        awaits=True,
        keeps=Keeps.TYPE,
    ),
    Annotation(
        "type",
        "type[{type}]",
        body="def make(kind: type[{type}]) -> {type}: ...\n{name} = make({name}_all)\n{rest}",
        keeps=Keeps.TYPE,
    ),
    Annotation(
        "object, narrowed by isinstance",
        "object",
        body="if isinstance({name}_all, {type}):\n    {name} = {name}_all\n    {rest}",
        keeps=Keeps.TYPE,
    ),
    Annotation(
        "object, asserted",
        "object",
        body="assert isinstance({name}_all, {type})\n{name} = {name}_all\n{rest}",
        keeps=Keeps.TYPE,
    ),
    Annotation(
        "object, left early",
        "object",
        body="if not isinstance({name}_all, {type}):\n    return\n{name} = {name}_all\n{rest}",
        keeps=Keeps.TYPE,
    ),
    Annotation(
        "match", "object", body="match {name}_all:\n    case {type}() as {name}:\n        {rest}", keeps=Keeps.TYPE
    ),
)
"""Ways to say what a parameter is."""
