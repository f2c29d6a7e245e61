from __future__ import annotations

import pkgutil

import ci


def test_every_public_name_is_there_once() -> None:
    """`__all__` lists what the package re-exports, each name once."""
    assert len(set(ci.__all__)) == len(ci.__all__)
    assert all(hasattr(ci, name) for name in ci.__all__)


def test_everything_that_is_imported_is_public() -> None:
    """Nothing is re-exported by accident."""
    submodules = {module.name for module in pkgutil.iter_modules(ci.__path__)}
    names = {name for name in vars(ci) if not name.startswith("_")}
    assert names - submodules == set(ci.__all__)


def test_public_names_and_submodules_are_disjoint() -> None:
    """`ci.x` never means two things, whatever was imported before."""
    submodules = {module.name for module in pkgutil.iter_modules(ci.__path__)}
    assert submodules & set(ci.__all__) == set()
