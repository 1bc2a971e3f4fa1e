"""Warnings given in somebody's stead, as from the file that has their words.

Python's filters ask which module warns (``filterwarnings("ignore", module="sklearn")``), and what is
repeated is told by file and line.
"""

from __future__ import annotations

import linecache
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any

# Of each warning the message, the category, and the file and line that it is from.
Warned = list[tuple[Warning | str, type[Warning], str, int]]

_N_TOLD_BY = 20  # characters; what follows may be filled in


def warn_as(
    module: str, message: Warning | str, category: type[Warning], line_with: str = ""
) -> None:
    """Warn as a module of scikit-learn's does.

    Parameters
    ----------
    module : str
        Its address.
    message : str
    category : type of Warning
    line_with : str
        Words of the line that warns; by default the first ones of the message.
    """
    known = vars(sys.modules.get(module) or import_module(module))
    file = known["__file__"]
    registry = known.setdefault("__warningregistry__", {})
    line = _line_of(file, line_with or str(message)[:_N_TOLD_BY])
    warnings.warn_explicit(message, category, file, line, module, registry)


@contextmanager
def warning_as(module: str, line_with: str) -> Iterator[None]:
    """Have what is warned of inside come from a line of one of scikit-learn's modules."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        yield
    for one in warned:
        warn_as(module, one.message, one.category, line_with)


def plain(caught: list[warnings.WarningMessage]) -> Warned:
    """What was caught, in a form that travels."""
    return [(w.message, w.category, w.filename, w.lineno) for w in caught]


def drained(log: list[warnings.WarningMessage]) -> Warned:
    """What a log holds, which is empty afterwards."""
    given = plain(log)
    log.clear()
    return given


def warn_again(message: Warning | str, category: type[Warning], filename: str, line: int) -> None:
    """Warn of what was kept, as from where it came."""
    name, registry = _module_of(filename)
    warnings.warn_explicit(message, category, filename, line, name, registry)


@cache
def _line_of(file: str, words: str) -> int:
    """Where the words stand; 1 without the source."""
    lines = enumerate(linecache.getlines(file), 1)
    return next((number for number, line in lines if words in line), 1)


_modules: dict[str, tuple[str, dict[Any, Any]]] = {}


def _module_of(filename: str) -> tuple[str, dict[Any, Any]]:
    """Name and warning registry of the module in a file, which decide about repeated warnings."""
    if filename not in _modules:
        for name, module in list(sys.modules.items()):
            if getattr(module, "__file__", None) == filename:
                _modules[filename] = (name, vars(module).setdefault("__warningregistry__", {}))
                break
        else:
            _modules[filename] = (filename.removesuffix(".py"), {})
    return _modules[filename]
