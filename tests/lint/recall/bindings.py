"""Ways to give an object its name."""

from __future__ import annotations

from typing import Final

from tests.lint.recall.forms import Binding, Keeps


def _inline(name: str, text: str, keeps: Keeps = Keeps.LIFE, before: str = "") -> Binding:
    return Binding(name, text, keeps, before)


def _made(name: str, before: str, text: str, keeps: Keeps = Keeps.TYPE, *, awaits: bool = False) -> Binding:
    return Binding(name, text, keeps, before, inline=False, awaits=awaits)


def _beside(name: str, module: str, text: str, before: str, keeps: Keeps = Keeps.TYPE) -> Binding:
    return Binding(name, text, keeps, before, {"made.py": f"import ci\n\n{module}\n"}, inline=False)


_CLASS: Final = "class Holder:\n    def __init__(self):\n        self.held = {expr}\n"

BINDINGS: Final = (
    _inline("plain assignment", "{name} = {expr}\n{rest}"),
    _inline("alias", "made = {expr}\n{name} = made\n{rest}"),
    _inline("chained assignment", "made = {name} = {expr}\n{rest}"),
    _inline("annotated variable", "{name}: {type} = {expr}\n{rest}"),
    _inline("variable annotated with a string", "{name}: '{type}' = {expr}\n{rest}"),
    _inline(
        "variable annotated Optional", "{name}: Optional[{type}] = {expr}\n{rest}", before="from typing import Optional"
    ),
    _inline("variable annotated | None", "{name}: {type} | None = {expr}\n{rest}"),
    _inline("variable annotated Final", "{name}: Final[{type}] = {expr}\n{rest}", before="from typing import Final"),
    _inline(
        "variable annotated Annotated",
        "{name}: Annotated[{type}, 1] = {expr}\n{rest}",
        before="from typing import Annotated",
    ),
    _inline("declared, then assigned", "{name}: {type}\n{name} = {expr}\n{rest}"),
    _inline("cast", "{name} = cast({type}, {expr})\n{rest}", before="from typing import cast"),
    _inline("walrus", "({name} := {expr})\n{rest}"),
    _inline("walrus in if", "if {name} := {expr}:\n    {rest}"),
    _inline("unpacked tuple", "{name}, other = {expr}, 1\n{rest}"),
    _inline("unpacked list", "[{name}, other] = [{expr}, 1]\n{rest}"),
    _inline("unpacked with a star", "{name}, *others = ({expr}, 1, 2)\n{rest}"),
    _inline("nested unpacking", "({name}, other), last = ({expr}, 1), 2\n{rest}"),
    _inline("with", "with nullcontext({expr}) as {name}:\n    {rest}", before="from contextlib import nullcontext"),
    _inline(
        "exit stack",
        "with ExitStack() as stack:\n    {name} = stack.enter_context(nullcontext({expr}))\n    {rest}",
        before="from contextlib import ExitStack, nullcontext",
    ),
    _inline("for over a list", "for {name} in [{expr}]:\n    {rest}", Keeps.TYPE),
    _inline("for over a tuple with enumerate", "for number, {name} in enumerate(({expr},)):\n    {rest}", Keeps.TYPE),
    _inline("item of a list", "made = [{expr}]\n{name} = made[0]\n{rest}", Keeps.TYPE),
    _inline("item of a dictionary", "made = {{'k': {expr}}}\n{name} = made['k']\n{rest}", Keeps.TYPE),
    _inline("appended to a list", "made = []\nmade.append({expr})\nfor {name} in made:\n    {rest}", Keeps.TYPE),
    _inline("comprehension", "made = [{expr} for _ in range(2)]\nfor {name} in made:\n    {rest}", Keeps.TYPE),
    _inline("conditional expression", "{name} = {expr} if len(__name__) > 3 else {expr}\n{rest}", Keeps.TYPE),
    _inline("or", "{name} = None or {expr}\n{rest}"),
    _inline("branches", "if __name__:\n    {name} = {expr}\nelse:\n    {name} = {expr}\n{rest}", Keeps.TYPE),
    _inline("None first", "{name} = None\n{name} = {expr}\n{rest}"),
    _inline(
        "None, then narrowed",
        "{name} = None\nif __name__:\n    {name} = {expr}\nif {name} is not None:\n    {rest}",
        Keeps.ORIGIN,
    ),
    _inline("try", "try:\n    {name} = {expr}\nexcept RuntimeError:\n    raise\n{rest}"),
    _inline("lambda", "make = lambda: {expr}\n{name} = make()\n{rest}", Keeps.TYPE),
    _inline("closure", "made = {expr}\ndef use():\n    return made\n{name} = use()\n{rest}", Keeps.TYPE),
    _inline("nested function", "{name} = {expr}\n{async}def use():\n    {rest}", Keeps.ORIGIN),
    _inline(
        "attribute of an object",
        "made = SimpleNamespaceOf({expr})\n{name} = made.held\n{rest}",
        Keeps.TYPE,
        "class SimpleNamespaceOf:\n    def __init__(self, held: '{type}') -> None:\n        self.held = held",
    ),
    _made("function", "def make():\n    return {expr}", "{name} = make()\n{rest}", Keeps.OBJECT),
    _made("annotated function", "def make() -> {type}:\n    return {expr}", "{name} = make()\n{rest}", Keeps.OBJECT),
    _made("function annotated with a string", "def make() -> '{type}': ...", "{name} = make()\n{rest}", Keeps.OBJECT),
    _made(
        "function of a function",
        "def first():\n    return {expr}\ndef make():\n    made = first()\n    return made",
        "{name} = make()\n{rest}",
        Keeps.OBJECT,
    ),
    _made(
        "cached function",
        "from functools import cache\n@cache\ndef make():\n    return {expr}",
        "{name} = make()\n{rest}",
        Keeps.OBJECT,
    ),
    _made(
        "async function",
        "async def make():\n    return {expr}",
        "{name} = await make()\n{rest}",
        Keeps.OBJECT,
        awaits=True,
    ),
    _made(
        "annotated async function",
        "async def make() -> {type}:\n    return {expr}",
        "{name} = await make()\n{rest}",
        Keeps.OBJECT,
        awaits=True,
    ),
    _made(
        "task",
        "import asyncio\nasync def make():\n    return {expr}",
        "task = asyncio.create_task(make())\n{name} = await task\n{rest}",
        Keeps.OBJECT,
        awaits=True,
    ),
    _made(
        "gather",
        "import asyncio\nasync def make():\n    return {expr}",
        "{name}, other = await asyncio.gather(make(), make())\n{rest}",
        Keeps.OBJECT,
        awaits=True,
    ),
    _made(
        "wait_for",
        "import asyncio\nasync def make():\n    return {expr}",
        "{name} = await asyncio.wait_for(make(), 1)\n{rest}",
        Keeps.OBJECT,
        awaits=True,
    ),
    _made(
        "context manager",
        "from contextlib import contextmanager\n@contextmanager\ndef make():\n    yield {expr}",
        "with make() as {name}:\n    {rest}",
    ),
    _made(
        "asynchronous context manager",
        "from contextlib import asynccontextmanager\n@asynccontextmanager\nasync def make():\n    yield {expr}",
        "async with make() as {name}:\n    {rest}",
        awaits=True,
    ),
    _made(
        "class with __enter__",
        "class Manager:\n    def __enter__(self):\n        return {expr}\n    def __exit__(self, *args): ...",
        "with Manager() as {name}:\n    {rest}",
    ),
    _made("generator", "def make():\n    yield {expr}", "for {name} in make():\n    {rest}"),
    _made(
        "asynchronous generator",
        "async def make():\n    yield {expr}",
        "async for {name} in make():\n    {rest}",
        awaits=True,
    ),
    _made("self attribute", _CLASS, "{name} = Holder().held\n{rest}"),
    _made(
        "self attribute, used in a method",
        "",
        _CLASS + "    {async}def use(self):\n        {name} = self.held\n        {rest}",
    ),
    _made(
        "self attribute, annotated",
        "class Holder:\n    def __init__(self, held: {type}) -> None:\n        self.held: {type} = held",
        "def use(holder: Holder):\n    return holder.held\n{name} = use(Holder({expr}))\n{rest}",
    ),
    _made("class attribute", "class Holder:\n    held = {expr}", "{name} = Holder.held\n{rest}"),
    _made("inherited attribute", f"{_CLASS}class Heir(Holder): ...", "{name} = Heir().held\n{rest}"),
    _made(
        "property",
        "class Holder:\n    @property\n    def held(self):\n        return {expr}",
        "{name} = Holder().held\n{rest}",
    ),
    _made(
        "method",
        "class Holder:\n    def make(self):\n        return {expr}\n    def get(self):\n        return self.make()",
        "{name} = Holder().get()\n{rest}",
        Keeps.OBJECT,
    ),
    _made(
        "class method",
        "class Holder:\n    @classmethod\n    def make(cls):\n        return {expr}",
        "{name} = Holder.make()\n{rest}",
        Keeps.OBJECT,
    ),
    _made(
        "static method",
        "class Holder:\n    @staticmethod\n    def make():\n        return {expr}",
        "{name} = Holder.make()\n{rest}",
        Keeps.OBJECT,
    ),
    _made(
        "dataclass field",
        "from dataclasses import dataclass\n@dataclass\nclass Holder:\n    held: {type}",
        "{name} = Holder({expr}).held\n{rest}",
    ),
    _made(
        "frozen dataclass field as a string",
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Holder:\n    held: '{type}'",
        "{name} = Holder({expr}).held\n{rest}",
    ),
    _made(
        "named tuple field",
        "from typing import NamedTuple\nclass Holder(NamedTuple):\n    held: {type}",
        "{name} = Holder({expr}).held\n{rest}",
    ),
    _made("global of the module", "made = {expr}", "{async}def use():\n    {name} = made\n    {rest}"),
    _made("identity function", "def same(given):\n    return given", "{name} = same({expr})\n{rest}", Keeps.OBJECT),
    _beside("name of another module", "{name} = {expr}", "from made import {name}\n{rest}", ""),
    _beside("attribute of another module", "held = {expr}", "{name} = made.held\n{rest}", "import made"),
    _beside(
        "function of another module",
        "def make():\n    return {expr}",
        "{name} = made.make()\n{rest}",
        "import made",
        Keeps.OBJECT,
    ),
    _beside(
        "annotated function of another module",
        "def make() -> {type}: ...",
        "{name} = make()\n{rest}",
        "from made import make",
        Keeps.OBJECT,
    ),
    _beside(
        "class of another module",
        "class Holder:\n    def __init__(self):\n        self.held = {expr}",
        "{name} = Holder().held\n{rest}",
        "from made import Holder",
    ),
)
"""Ways to give an object its name."""
