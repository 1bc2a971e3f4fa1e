"""Settings of this process, one set a thread, as scikit-learn keeps its own."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypedDict

from tenfold import _memory_limit

_BACKENDS = ("auto", "local", "spark")


class Config(TypedDict):
    """All settings by name."""

    progress: bool
    backend: str
    native: bool
    memory_budget: int | None
    journal: str | None
    time_budget: float | None
    keep_on_interrupt: bool
    fold_warnings: bool
    study: Any
    parallel_on_spark: bool
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


def _check_seconds(name: str, value: Any) -> float | None:
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if seconds is None:
        return None
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0:
        return float(seconds)
    raise ValueError(
        f"{name} must be a positive number of seconds, a timedelta or None, got {value!r}."
    )


def _check_names(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise ValueError(f"{name} must be a tuple of names, got {value!r}.")


def _check_path(name: str, value: Any) -> str | None:
    if value is None or (isinstance(value, str | os.PathLike) and str(value)):
        return None if value is None else os.path.abspath(os.fspath(value))
    raise ValueError(f"{name} must be the path of a file or None, got {value!r}.")


def _check_study(name: str, value: Any) -> Any:
    known = ("add_trial", "create_new_study")  # of a study, of a storage
    if value is None or isinstance(value, str) or any(hasattr(value, one) for one in known):
        return value
    raise ValueError(
        f"{name} must be the URL of an Optuna storage, a storage, a study or None, got {value!r}."
    )


_CHECKS = {
    "progress": _check_switch,
    "backend": _check_backend,
    "native": _check_switch,
    "memory_budget": _check_bytes,
    "journal": _check_path,
    "time_budget": _check_seconds,
    "keep_on_interrupt": _check_switch,
    "fold_warnings": _check_switch,
    "study": _check_study,
    "parallel_on_spark": _check_switch,
    "disabled_rules": _check_names,
}


def _names_of_environment(variable: str) -> tuple[str, ...]:
    names = (name.strip() for name in os.environ.get(variable, "").split(","))
    return tuple(name for name in names if name)


def _switch_of_environment(variable: str, default: str = "1") -> bool:
    text = os.environ.get(variable, default).strip().lower()
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
        journal=_check_path("TENFOLD_JOURNAL", os.environ.get("TENFOLD_JOURNAL") or None),
        time_budget=None,
        keep_on_interrupt=False,
        fold_warnings=True,
        study=None,
        parallel_on_spark=_switch_of_environment("TENFOLD_PARALLEL_ON_SPARK", "0"),
        disabled_rules=_names_of_environment("TENFOLD_DISABLED_RULES"),
    )


def memory_budget() -> int:
    """Bytes that shared data may take: as set, or a quarter of the machine's or the container's memory."""
    budget = get_config()["memory_budget"]
    return _memory_limit.total() // 4 if budget is None else budget


# Probabilities of a few cells a thread are enough to keep scoring busy.
_MOST_WAITING = 256 << 20


def waiting_budget() -> int:
    """Bytes that probabilities may take which wait to be scored, before the engine waits for the scorer."""
    return max(1, min(memory_budget() // 4, _MOST_WAITING))


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
        Bytes that data transformed once for many cells of a search over Pipelines may take at a time, and
        that native families of cells at work may hold. None is a quarter of the machine's memory, or of what
        its container may have. Cells whose transformed data is larger are run one by one; of families that
        would take more together, fewer run at a time.
    journal : str, path-like or None, default=None
        A file to which what each cell of a search gave is written as it becomes known, and from which cells
        that are there are answered: a search that was stopped goes on, a larger grid over the same data
        runs only what is new. The environment variable ``TENFOLD_JOURNAL`` sets it too.
    time_budget : float, timedelta or None, default=None
        Seconds after which a search ends with the cells under way. Candidates that are not finished rank
        last, with NaN for scores, and one warning counts them; the best of the others is refitted, for which
        time is set aside.
    keep_on_interrupt : bool, default=False
        Whether a search that is interrupted (Ctrl-C) ends as one whose time is spent, instead of raising
        KeyboardInterrupt with what was done in its ``partial_results_``.
    fold_warnings : bool, default=True
        Whether each distinct warning of a search's cells is shown once, when they are done, with how many
        cells of which candidates gave it; warnings that differ in numbers alone are one. With False each
        cell's are shown as they come.
    study : str, optuna storage, optuna.study.Study or None, default=None
        Where what cells of a search give is written as they end, for optuna-dashboard to watch: a storage, or
        its URL, gets a study a search, named for the estimator and the time. Needs the extra ``report``.
    parallel_on_spark : bool, default=False
        Whether all calls of a ``joblib.Parallel`` under ``joblib.parallel_config(backend="tenfold")`` run on
        the executors of a Spark session that is there, and not only searches and the members of one fit:
        calls must pickle, share nothing but what they are given, and change none of it. The environment
        variable ``TENFOLD_PARALLEL_ON_SPARK=1`` switches it on.
    disabled_rules : tuple of str, default=()
        Sharing rules that are not to be used, by the names that ``explain`` shows: a way to see what one
        brings, and that it changes no score (unseeded ones keep their distribution). A search raises
        ValueError for a name that is no rule's. The environment variable ``TENFOLD_DISABLED_RULES`` has
        such names between commas.

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
