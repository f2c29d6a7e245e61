"""Compare the committed generated code with what the .proto files say, or write it anew.

``python -m tests.contract.fresh`` exits with 1 and the names of the files that differ; with ``--write`` it replaces
them. It needs the package grpcio-tools in the version that `pyproject.toml` names: another one writes other code.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[2]
_PROTO: Final = _ROOT / "proto"
_PACKAGE: Final = Path("turboci", "v1")
_PATTERN: Final = "*_pb2*.py*"


class GenerationFailed(Exception):
    """The compiler did not write what was expected."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if nothing differs or everything was written, else 1."""
    parser = argparse.ArgumentParser(prog="fresh", description="compare the generated code with the .proto files")
    parser.add_argument("--write", action="store_true", help="replace the files that differ")
    options = parser.parse_args(arguments)
    try:
        wanted = generate(_PROTO)
    except GenerationFailed as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    committed = read_generated(_ROOT / _PACKAGE)
    names = differing(wanted, committed)
    for name in names:
        print(f"{'wrote' if options.write else 'differs:'} {_PACKAGE / name}")  # noqa: T201
    if options.write:
        write(_ROOT / _PACKAGE, wanted, names)
        return 0
    return 1 if names else 0


def generate(proto: Path) -> dict[str, bytes]:
    """Return the generated files by name.

    Raises:
        GenerationFailed: The compiler is missing, or refuses the .proto files.
    """
    with tempfile.TemporaryDirectory() as out:
        sources = sorted(path.relative_to(proto).as_posix() for path in proto.rglob("*.proto"))
        outputs = [f"--{kind}_out={out}" for kind in ("python", "pyi", "grpc_python")]
        command = [sys.executable, "-m", "grpc_tools.protoc", "-I", str(proto), *outputs, *sources]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise GenerationFailed(f"cannot generate code: {done.stderr.strip()}")
        files = read_generated(Path(out) / _PACKAGE)
    return {name: text for name, text in files.items() if not _without_service(name, proto)}


def _without_service(name: str, proto: Path) -> bool:
    """Return whether it is the gRPC code of a file without services, which holds nothing."""
    stem, is_grpc, _ = name.partition("_pb2_grpc.py")
    if not is_grpc:
        return False
    source = (proto / _PACKAGE / f"{stem}.proto").read_text(encoding="utf-8")
    return re.search(r"^service\s", source, re.MULTILINE) is None


def read_generated(folder: Path) -> dict[str, bytes]:
    """Return the generated files in a folder by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob(_PATTERN))}


def differing(wanted: Mapping[str, bytes], committed: Mapping[str, bytes]) -> list[str]:
    """Return the names of files that differ, are missing, or are too many."""
    return sorted(name for name in {*wanted, *committed} if wanted.get(name) != committed.get(name))


def write(folder: Path, wanted: Mapping[str, bytes], names: Sequence[str]) -> None:
    """Make the named files of a folder as they are wanted."""
    for name in names:
        if name in wanted:
            (folder / name).write_bytes(wanted[name])
        else:
            (folder / name).unlink()


if __name__ == "__main__":
    sys.exit(main())
