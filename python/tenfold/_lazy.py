"""Packages that import what they offer when it is asked for.

An executor that needs the engine alone is not to wait for scikit-learn, pandas or PySpark.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def lazily(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """A package's ``__getattr__`` and ``__dir__``; ``homes`` has the module of each name that it offers."""

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return get, names


def is_class(cls: type, address: str) -> bool:
    """Whether a class is the one at an address (``"package.module.Class"``); nothing is imported for it."""
    module, _, name = address.rpartition(".")
    if cls.__name__ != name:
        return False
    there = getattr(sys.modules.get(module), name, None)
    if (
        there is None
    ):  # sent by value to a process where nobody imports it, such as a notebook's own
        return cls.__module__ == module and cls.__qualname__ == name
    return there is cls
