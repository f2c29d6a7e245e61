"""The drift check of the generated code."""

from __future__ import annotations

from pathlib import Path

from tests.contract.fresh import differing, read_generated, write


def test_differences_are_named() -> None:
    """Files that differ, are missing or are too many are named; equal ones are not."""
    wanted = {"a_pb2.py": b"1", "b_pb2.py": b"2", "c_pb2.py": b"3"}
    committed = {"a_pb2.py": b"1", "b_pb2.py": b"-", "d_pb2.py": b"4"}
    assert differing(wanted, committed) == ["b_pb2.py", "c_pb2.py", "d_pb2.py"]


def test_write_removes_the_differences(tmp_path: Path) -> None:
    """After writing nothing differs, and other files of the folder are as they were."""
    for name, text in {"__init__.py": "kept", "a_pb2.py": "old", "gone_pb2_grpc.py": "too many"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    wanted = {"a_pb2.py": b"new", "b_pb2.pyi": b"added"}
    write(tmp_path, wanted, differing(wanted, read_generated(tmp_path)))
    assert read_generated(tmp_path) == wanted
    assert (tmp_path / "__init__.py").read_text(encoding="utf-8") == "kept"
