"""Settings of this process, one set a thread, as scikit-learn keeps its own."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypedDict

_BACKENDS = ("auto", "local", "spark")


class Config(TypedDict):
    """All settings by name."""

    progress: bool
    backend: str
    native: bool
    memory_budget: int | None
    disabled_rules: tuple[str, ...]


def _check_switch(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(f"{name} must be True or False, got {value!r}.")


def _check_backend(name: str, value: Any) -> str:
    if isinstance(value, str) and value in _BACKENDS:
        return value
    allowed = ", ".join(repr(backend) for backend in _BACKENDS)
    raise ValueError(f"{name} must be one of {allowed}, got {value!r}.")


def _check_bytes(name: str, value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    raise ValueError(f"{name} must be a positive number of bytes or None, got {value!r}.")


def _check_names(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, tuple | list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise ValueError(f"{name} must be a tuple of names, got {value!r}.")


_CHECKS = {
    "progress": _check_switch,
    "backend": _check_backend,
    "native": _check_switch,
    "memory_budget": _check_bytes,
    "disabled_rules": _check_names,
}


def _switch_of_environment(variable: str) -> bool:
    text = os.environ.get(variable, "1").strip().lower()
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("0", "false", "no", "off", ""):
        return False
    raise ValueError(f"The environment variable {variable} must be 0 or 1, got {text!r}.")


def defaults() -> Config:
    """The settings that the environment asks for."""
    backend = os.environ.get("TENFOLD_BACKEND", "auto").strip().lower() or "auto"
    return Config(
        progress=_switch_of_environment("TENFOLD_PROGRESS"),
        backend=_check_backend("The environment variable TENFOLD_BACKEND", backend),
        native=_switch_of_environment("TENFOLD_NATIVE"),
        memory_budget=None,
        disabled_rules=(),
    )


def memory_budget() -> int:
    """Bytes that shared data may take: as set, or a quarter of this machine's memory."""
    budget = get_config()["memory_budget"]
    if budget is None:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4
    return budget


# What a thread starts from: the environment, then what the main thread has set.
_process_config: Config = defaults()
_thread_local = threading.local()


def _thread_config() -> Config:
    if not hasattr(_thread_local, "config"):
        _thread_local.config = _process_config.copy()
    config: Config = _thread_local.config
    return config


def get_config() -> Config:
    """Settings in force in this thread.

    Returns
    -------
    config : dict
        A copy: changing it changes nothing.

    Examples
    --------
    >>> import tenfold
    >>> tenfold.get_config()["backend"]
    'auto'
    """
    return _thread_config().copy()


def set_config(**settings: Any) -> None:
    """Change settings of this thread (and, in the main thread, of threads started later).

    Parameters
    ----------
    progress : bool, default=True
        Show a progress bar where somebody looks (a terminal or a notebook). The environment variable
        ``TENFOLD_PROGRESS=0`` switches it off.
    backend : {"auto", "local", "spark"}, default="auto"
        Where searches run. The environment variable ``TENFOLD_BACKEND`` sets it too.
    native : bool, default=True
        Whether the compiled engine may answer. With False everything is scikit-learn's own code. The
        environment variable ``TENFOLD_NATIVE=0`` switches it off.
    memory_budget : int or None, default=None
        Bytes that data transformed once for many cells of a search over Pipelines may take at a time. None is
        a quarter of the machine's memory. Cells whose transformed data is larger are run one by one.
    disabled_rules : tuple of str, default=()
        Sharing rules that are not to be used, by the names that ``explain`` shows: ``"equal"``, ``"prefix"``,
        ``"forking"``, ``"pruning"``, ``"cost complexity"``, ``"transformers"``. Seeded scores stay the
        same, unseeded ones keep their distribution. A search raises ValueError for a name that is no rule's.

    Raises
    ------
    ValueError
        For a name that is no setting, and for a value that is not allowed.

    Examples
    --------
    >>> import tenfold
    >>> tenfold.set_config(progress=False)
    >>> tenfold.get_config()["progress"]
    False
    >>> tenfold.set_config(progress=True)
    """
    config = _thread_config()
    checked = _checked(settings)
    config.update(checked)
    if threading.current_thread() is threading.main_thread():
        _process_config.update(checked)


def _checked(settings: dict[str, Any]) -> Config:
    for name in settings:
        if name not in _CHECKS:
            allowed = ", ".join(repr(known) for known in _CHECKS)
            raise ValueError(f"{name!r} is not a setting of tenfold; allowed: {allowed}.")
    return {name: _CHECKS[name](name, value) for name, value in settings.items()}  # type: ignore[return-value]


@contextmanager
def config_context(**settings: Any) -> Iterator[None]:
    """Change settings of this thread for the length of a ``with`` block.

    Parameters
    ----------
    **settings
        As for :func:`set_config`.

    Yields
    ------
    None
        The settings before it are those after it.

    Examples
    --------
    >>> import tenfold
    >>> with tenfold.config_context(native=False):
    ...     tenfold.get_config()["native"]
    False
    """
    before = get_config()
    _thread_config().update(_checked(settings))
    try:
        yield
    finally:
        _thread_local.config = before
