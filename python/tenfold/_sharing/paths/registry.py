"""The paths there are: those that ship, those of installed packages, and those that users register."""

from __future__ import annotations

import threading
import warnings
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from tenfold._refusal import Refusal
from tenfold._sharing.paths import SHIPPED
from tenfold._sharing.paths.path import Path
from tenfold._versions import unproven

_registered: dict[str, Path] = {}
_lock = threading.Lock()


def register_path(path: Path) -> None:
    """Make a path known to all searches of this process; one of the same name gives way to it.

    Parameters
    ----------
    path : Path
        An instance. It is sent to worker processes and executors with the work: its class must be
        importable there, or picklable by value.

    Raises
    ------
    TypeError
        If it is no :class:`~tenfold.sharing.Path`, or lacks one of ``name``, ``why``, ``estimators`` and
        ``parameters``.

    Notes
    -----
    A package makes its paths known to everybody who has it installed by an entry point of the group
    ``tenfold.paths`` that names a ``Path`` class or a list of them.
    """
    if not isinstance(path, Path):
        raise TypeError(f"path must be an instance of tenfold.sharing.Path, got {path!r}")
    missing = [
        name for name in ("name", "why", "estimators", "parameters") if not hasattr(path, name)
    ]
    if missing:
        raise TypeError(f"{type(path).__name__} has no {', '.join(missing)}")
    with _lock:
        _registered[path.name] = path


def all_paths() -> list[Path]:
    """Every path, those of users first: the first that covers an estimator and does not refuse is taken."""
    return _in_order(tuple(SHIPPED))


def registered_paths() -> list[Path]:
    """The paths that users registered in this process."""
    return list(_registered.values())


def paths_for(estimator: Any) -> list[Path]:
    """The paths that cover an estimator's class."""
    name = type(estimator).__name__
    files = tuple(file for file, names in SHIPPED.items() if name in names)
    return [path for path in _in_order(files) if path.covers(estimator)]


def _in_order(files: tuple[str, ...]) -> list[Path]:
    own = dict(reversed(_registered.items()))
    shipped = (path for file in files for path in _shipped(file))
    return [*own.values(), *(p for p in (*_of_packages(), *shipped) if p.name not in own)]


def predicting_paths_for(estimator: Any) -> list[Path]:
    """The paths that cover an estimator where it is what is searched, or a Pipeline's last step."""
    predicts = hasattr(type(estimator), "predict")
    return [path for path in paths_for(estimator) if predicts or not path.transforms]


@cache
def _of_packages() -> tuple[Path, ...]:
    found: list[Path] = []
    for entry in entry_points(group="tenfold.paths"):
        try:
            offered = entry.load()
            classes = offered if isinstance(offered, list | tuple) else [offered]
            found += [cls() for cls in classes]
        except Exception as error:  # somebody else's package: its searches run without its paths
            warnings.warn(f"the paths of {entry.value} can't be used: {error}", stacklevel=2)
    return tuple(found)


@cache
def _shipped(file: str) -> tuple[Path, ...]:
    module = import_module(f"tenfold._sharing.paths.{file}")
    return tuple(cls() for cls in module.PATHS)


def refuse_version(path: Path) -> None:
    """Raise Refusal where an installed package is not of a release line that the path was proven for."""
    why = unproven(path.proven)
    if why is not None:
        raise Refusal(f"{path.name} was {why}")
