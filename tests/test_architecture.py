"""The arrows between the rooms of the house, read from the imports with nothing but `ast`."""

from __future__ import annotations

import ast
import graphlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("turboci", "ci", "ci_lint", "orchestrator", "pytest_turboci", "turboci_command")


@dataclass(frozen=True)
class Room:
    """A package or module, the rooms that it may look into, and the libraries that it may use."""

    name: str
    may: frozenset[str] = frozenset()
    libraries: frozenset[str] = frozenset()


def room(name: str, may: str = "", libraries: str = "") -> Room:
    return Room(name, frozenset(may.split()), frozenset(libraries.split()))


MODEL = "turboci"
WIRE = "turboci turboci.wire"
EDGE = "turboci turboci.wire turboci.v1"

# A module belongs to the room with the longest matching name. A new room is a decision: it gets its line here.
ROOMS = (
    room("turboci", libraries="typing_extensions"),
    room("turboci.v1", libraries="google grpc"),
    room("turboci.wire", "turboci turboci.v1 turboci.wire.structs", "google grpc typing_extensions"),
    # Payloads stay encoded in the database and on their way through, so rooms far from the wire know this codec alone.
    room("turboci.wire.structs", "turboci turboci.wire", "google typing_extensions"),
    room("ci.quiet", libraries="grpc"),
    room("ci.identity"),
    room(
        "ci",
        "turboci ci.quiet ci.helpers ci.builders ci.workflow ci.graph ci.dag ci.port ci.remote ci.runner ci.serving "
        "ci.embedded",
    ),
    room("ci.port", MODEL),
    room("ci.helpers", MODEL),
    room("ci.builders", "turboci ci.helpers"),
    room("ci.workflow", "turboci ci.identity ci.port ci.helpers ci.builders"),
    room("ci.graph", "turboci ci.identity ci.port ci.helpers ci.builders ci.workflow"),
    room("ci.dag", "turboci ci.identity ci.port ci.helpers ci.builders ci.workflow ci.graph ci.runner"),
    room("ci.serving", f"{WIRE} ci.port", "grpc google"),
    room("ci.remote", f"{EDGE} ci.port ci.serving", "grpc google"),
    room(
        "ci.runner",
        f"{EDGE} ci.identity ci.port ci.remote ci.serving ci.graph",
        "anyio grpc google",
    ),
    room(
        "ci.embedded",
        "turboci ci.port ci.remote ci.runner ci.dag ci.workflow orchestrator orchestrator.config",
        "anyio",
    ),
    room(
        "ci.testing",
        "turboci ci.port ci.runner ci.workflow ci.dag orchestrator orchestrator.clock orchestrator.config "
        "orchestrator.endpoint orchestrator.local orchestrator.storage",
    ),
    room("pytest_turboci", "ci.testing", "pytest"),
    room("turboci_command"),
    room(
        "ci.cli",
        "turboci ci ci.port ci.helpers ci.workflow ci.dag ci.remote ci.runner ci.embedded orchestrator "
        "orchestrator.config orchestrator.upkeep",
        "anyio click rich",
    ),
    room("ci_lint", "", "libcst typing_extensions"),
    room("ci_lint.__main__", "ci_lint.cli"),
    room("ci_lint.settings", "ci_lint"),
    room("ci_lint.files", "ci_lint ci_lint.settings", "pathspec"),
    room("ci_lint.suppressions", "ci_lint ci_lint.files"),
    room("ci_lint.fixing", "ci_lint ci_lint.files"),
    room("ci_lint.reports", "ci_lint ci_lint.files", "click rich"),
    room("ci_lint.checking", "ci_lint ci_lint.files ci_lint.fixing ci_lint.settings ci_lint.suppressions"),
    room(
        "ci_lint.cli",
        "ci_lint ci_lint.checking ci_lint.files ci_lint.fixing ci_lint.reports ci_lint.settings",
        "click watchfiles",
    ),
    room(
        "ci_lint.server",
        "ci_lint ci_lint.checking ci_lint.cli ci_lint.files ci_lint.fixing ci_lint.settings",
        "click lsprotocol pygls",
    ),
    room("orchestrator.apart"),
    room("orchestrator.clock"),
    room("orchestrator.settings", MODEL),
    room("orchestrator.config", "turboci orchestrator.settings"),
    room("orchestrator.endpoint", f"{MODEL} orchestrator.apart"),
    room("orchestrator.storage", "turboci turboci.wire.structs orchestrator.clock"),
    room("orchestrator.storage.sqlite", "turboci orchestrator.clock orchestrator.storage", "apsw"),
    room(
        "orchestrator.service",
        "turboci turboci.wire.structs orchestrator.clock orchestrator.config orchestrator.storage",
    ),
    room("orchestrator.dispatcher", "turboci orchestrator.clock orchestrator.storage orchestrator.service"),
    room(
        "orchestrator.transport",
        f"{EDGE} orchestrator.apart orchestrator.clock orchestrator.config orchestrator.endpoint "
        "orchestrator.service orchestrator.dispatcher",
        "google grpc grpc_health grpc_reflection",
    ),
    room("orchestrator.watching", "turboci orchestrator.clock orchestrator.storage"),
    room(
        "orchestrator.engine",
        "turboci orchestrator.clock orchestrator.config orchestrator.storage orchestrator.service "
        "orchestrator.dispatcher orchestrator.watching",
    ),
    room("orchestrator.streams", "turboci orchestrator.storage orchestrator.service orchestrator.engine"),
    room(
        "orchestrator.log_stream",
        "turboci orchestrator.storage orchestrator.service orchestrator.engine orchestrator.watching",
    ),
    room("orchestrator.hosted_work", "turboci orchestrator.runner_session"),
    room(
        "orchestrator.hosting",
        "turboci orchestrator.service orchestrator.engine orchestrator.runner_session orchestrator.hosted_work",
    ),
    room("orchestrator.runner_session", "turboci orchestrator.service orchestrator.dispatcher orchestrator.engine"),
    room(
        "orchestrator.local",
        "turboci orchestrator.apart orchestrator.clock orchestrator.config orchestrator.storage orchestrator.service "
        "orchestrator.dispatcher orchestrator.engine orchestrator.hosting orchestrator.streams "
        "orchestrator.runner_session orchestrator.log_stream orchestrator.hosted_work",
    ),
    room(
        "orchestrator.upkeep",
        "turboci orchestrator.clock orchestrator.storage orchestrator.storage.sqlite orchestrator.service",
    ),
    # The composition roots: a server behind gRPC, and the same without a socket.
    room(
        "orchestrator",
        "turboci orchestrator.clock orchestrator.config orchestrator.endpoint orchestrator.local orchestrator.storage "
        "orchestrator.storage.sqlite orchestrator.hosted_work orchestrator.transport",
        "anyio uvloop",
    ),
)
BY_NAME = {each.name: each for each in ROOMS}


@dataclass(frozen=True)
class Import:
    """One import statement: who imports what, and on which line."""

    importer: str
    imported: str
    line: int


@cache
def modules() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def target_of(name: str, attribute: str) -> str:
    """Return what `from name import attribute` reaches: the submodule if there is one, else the module."""
    return f"{name}.{attribute}" if f"{name}.{attribute}" in modules() else name


def absolute(module: str, path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    base = parts[: len(parts) - node.level + (path.name == "__init__.py")]
    return ".".join([*base, node.module] if node.module else base)


def imports_of(module: str, path: Path) -> Iterator[Import]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            name = absolute(module, path, node)
            for alias in node.names:
                yield Import(module, target_of(name, alias.name), node.lineno)


@cache
def all_imports() -> tuple[Import, ...]:
    return tuple(found for module, path in modules().items() for found in imports_of(module, path))


def room_of(module: str) -> str | None:
    """Return the room of a module; a package's root room holds only the modules right inside the package."""
    parts = module.split(".")
    for size in range(len(parts), 0, -1):
        name = ".".join(parts[:size])
        if name in BY_NAME:
            return name
    return None


def is_allowed(found: Import) -> bool:
    here = BY_NAME[room_of(found.importer) or ""]
    top = found.imported.partition(".")[0]
    if top in PACKAGES:
        there = room_of(found.imported)
        return there == here.name or there in here.may
    return top in sys.stdlib_module_names or top in here.libraries


def test_every_import_follows_an_arrow() -> None:
    """No module imports a room or a library that its own room may not know."""
    wrong = [
        f"{found.importer}:{found.line} imports {found.imported}" for found in all_imports() if not is_allowed(found)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_package_has_a_room_of_its_own() -> None:
    """A new folder cannot hide in the root room, where nearly everything may be imported."""
    folders = {name.rpartition(".")[0] for name, path in modules().items() if path.name != "__init__.py"}
    roots = {"turboci", "ci", "orchestrator"}
    homeless = [folder for folder in sorted(folders - set(PACKAGES)) if room_of(folder) in roots]
    assert not homeless, homeless


def test_client_and_server_meet_only_in_composition_roots() -> None:
    """`ci` reaches `orchestrator` from `ci.embedded`, `ci.cli` and `ci.testing`; `orchestrator` never reaches `ci`."""
    crossings = {
        room_of(found.importer)
        for found in all_imports()
        if {found.importer.partition(".")[0], found.imported.partition(".")[0]} == {"ci", "orchestrator"}
    }
    assert crossings <= {"ci.embedded", "ci.cli", "ci.testing"}


def test_generated_messages_are_read_at_the_edges_only() -> None:
    """Beside `turboci.wire` and the gRPC edges nobody touches `turboci.v1`."""
    readers = {room_of(found.importer) for found in all_imports() if found.imported.startswith("turboci.v1")}
    assert readers - {"turboci.v1"} <= {"turboci.wire", "orchestrator.transport", "ci.remote", "ci.runner"}


def test_imports_form_no_circle() -> None:
    """Modules are in one order, imports inside functions and under TYPE_CHECKING included."""
    known = modules()
    graph = {
        name: {found.imported for found in all_imports() if found.importer == name and found.imported in known}
        for name in known
    }
    try:
        tuple(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        pytest.fail("circle: " + " <- ".join(error.args[1]))


def test_imports_stand_at_the_top() -> None:
    """No function hides an import."""
    hidden = [
        f"{module}:{inner.lineno}"
        for module, path in modules().items()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for inner in ast.walk(node)
        if isinstance(inner, (ast.Import, ast.ImportFrom))
    ]
    assert not hidden, hidden


def test_no_file_grows_beyond_four_hundred_lines() -> None:
    """Files stay small enough to be read in one go, those of tests, examples and benchmarks included."""
    written = [path for name, path in modules().items() if not name.startswith("turboci.v1")]
    for folder in ("tests", "examples", "benchmarks"):
        written += (ROOT / folder).rglob("*.py")
    long = {str(path.relative_to(ROOT)): lines for path in written if (lines := _lines(path)) > 400}
    assert not long


def _lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def sleeps_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value).endswith("clock"):
            continue  # virtual time costs none
        yields_only = len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
        if name == "sleep" and not yields_only:
            yield f"{path.relative_to(ROOT)}:{node.lineno}"


def test_tests_do_not_sleep() -> None:
    """Where no processes are started no test waits for a span of time; `sleep(0)` only lets others run."""
    processes = {ROOT / "tests" / "e2e", ROOT / "tests" / "stress"}
    tests = [path for path in (ROOT / "tests").rglob("*.py") if not processes & {*path.parents}]
    assert not [place for path in tests for place in sleeps_in(path)]
