"""Names of the standard library that mean something to inference."""

from __future__ import annotations

from typing import Final

BUILTINS: Final = frozenset(
    {
        *("list", "tuple", "set", "frozenset", "dict", "sorted", "reversed", "iter", "next", "enumerate", "zip"),
        *("str", "int", "float", "bool", "bytes", "object", "type", "getattr", "setattr", "delattr", "hasattr"),
        *("super", "globals", "locals", "vars", "exec", "eval", "__import__", "isinstance", "issubclass", "len"),
        *("print", "repr", "id", "hash", "callable", "property", "staticmethod", "classmethod", "min", "max", "any"),
        *("all", "None", "True", "False", "ImportError", "ModuleNotFoundError", "Exception", "BaseException"),
    }
)
"""Builtins that code may use without binding them."""

_TYPING: Final = (
    *("cast", "assert_type", "NewType", "TypeVar", "Optional", "Union", "Annotated", "Final", "ClassVar", "Type"),
    *("Awaitable", "Coroutine", "List", "Sequence", "Iterable", "Iterator", "Collection", "Set", "FrozenSet"),
    *("Dict", "Mapping", "MutableMapping", "Tuple", "AsyncIterator", "AsyncIterable", "AsyncGenerator"),
    *("Generator", "Self", "TypeAlias", "Any", "NoReturn", "Never", "Literal", "Callable", "TYPE_CHECKING"),
    *("NamedTuple", "Protocol", "Generic", "overload", "final", "override", "AbstractSet", "ContextManager"),
    *("AsyncContextManager", "Required", "NotRequired", "ReadOnly", "MutableSequence", "MutableSet", "LiteralString"),
)
_ABC: Final = (
    *("Awaitable", "Coroutine", "Sequence", "Iterable", "Iterator", "Collection", "Set", "Mapping"),
    *("MutableMapping", "AsyncIterator", "AsyncIterable", "AsyncGenerator", "Generator", "Callable"),
    *("MutableSequence", "MutableSet"),
)
_OTHERS: Final = {
    "asyncio": (
        *("run", "create_task", "ensure_future", "wait_for", "shield", "gather", "TaskGroup", "Runner", "Task"),
        *("Future", "to_thread", "TaskGroup()", "TaskGroup().create_task", "Runner()", "Runner().run"),
    ),
    "contextlib": (
        *("contextmanager", "asynccontextmanager", "ExitStack", "AsyncExitStack", "nullcontext"),
        *("AbstractContextManager", "AbstractAsyncContextManager", "ExitStack()", "AsyncExitStack()"),
        *("ExitStack().enter_context", "AsyncExitStack().enter_context", "AsyncExitStack().enter_async_context"),
    ),
    "functools": ("partial", "wraps", "lru_cache", "cache", "cached_property"),
    "dataclasses": ("dataclass", "field"),
    "attr": ("s", "attrs", "define", "frozen", "mutable"),
    "attrs": ("define", "frozen", "mutable"),
    "enum": ("Enum", "StrEnum", "IntEnum"),
    "abc": ("ABC", "abstractmethod"),
    "importlib": ("import_module",),
    "pytest": ("fixture",),
    "uuid": ("uuid1", "uuid4", "uuid6", "uuid7"),
    "time": ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"),
    "random": ("seed", "random", "randint", "choice", "randrange", "getrandbits", "randbytes", "uniform", "sample"),
    "secrets": ("token_hex", "token_urlsafe", "token_bytes", "randbelow", "choice"),
    "datetime": ("datetime", "datetime.now", "datetime.utcnow", "datetime.today", "date", "date.today"),
    "os": ("urandom", "getpid"),
    "collections": ("abc", "deque", "OrderedDict", "defaultdict"),
    "warnings": ("deprecated",),
}

SPOKEN: Final = frozenset(
    {
        *("typing", "typing_extensions", "collections.abc", *_OTHERS),
        *(f"typing.{name}" for name in _TYPING),
        *(f"typing_extensions.{name}" for name in _TYPING),
        *(f"collections.abc.{name}" for name in _ABC),
        *(f"{module}.{name}" for module, names in _OTHERS.items() for name in names),
    }
)
"""Modules of the standard library, and of attrs and pytest, and what inference knows in them."""

PURE: Final = frozenset(
    {
        *("builtins.print", "builtins.len", "builtins.repr", "builtins.str", "builtins.isinstance", "builtins.id"),
        *("builtins.hash", "builtins.bool", "builtins.issubclass", "builtins.hasattr", "builtins.callable"),
        *("builtins.type", "typing.cast", "typing.assert_type", "builtins.super"),
    }
)
"""What is given to them is neither kept nor changed."""

TRANSPARENT: Final = frozenset(
    {
        *("asyncio.run", "asyncio.create_task", "asyncio.ensure_future", "asyncio.wait_for", "asyncio.shield"),
        *("asyncio.gather", "asyncio.TaskGroup().create_task", "asyncio.Runner().run", "contextlib.nullcontext"),
        *("contextlib.ExitStack().enter_context", "contextlib.AsyncExitStack().enter_context"),
        *("contextlib.AsyncExitStack().enter_async_context", "builtins.getattr"),
    }
)
"""What is given to them comes out again, and goes nowhere else."""

GROWING: Final = frozenset({"append", "add", "insert", "extend", "update", "setdefault"})
"""Methods that put something into a list, set or dictionary."""
