"""What travels to executors by itself, and naming what cannot be sent, before any job is started."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tenfold._gather.calls import Request, arguments_of


def pickled_paths(paths: Iterable[Any]) -> list[bytes]:
    """Each by itself; one that does not pickle stays here, and executors run its candidates alone."""
    from pyspark import cloudpickle

    pickled = []
    for path in paths:
        with suppress(Exception):
            pickled.append(cloudpickle.dumps(path))
    return pickled


@contextmanager
def naming_what_does_not_pickle(request: Request) -> Iterator[None]:
    """Have an error of pickling name the attribute that it is about."""
    try:
        yield
    except Exception as error:
        culprit = _culprit(request)
        if culprit is None:
            raise
        name, value, why = culprit
        raise pickle.PicklingError(
            f"{name} cannot be sent to Spark's executors: a {type(value).__name__} does not pickle ({why}). "
            "Leave it out of what is pickled (__getstate__), or search on this machine: "
            'tenfold.set_config(backend="local").'
        ) from error


def _culprit(request: Request) -> tuple[str, Any, str] | None:
    for call in request.calls:
        for name, value in arguments_of(call).items():
            why = _why_not(value)
            if why is not None:
                return _narrowed(name, value, why)
    return None


def _why_not(value: Any) -> str | None:
    """Why a value does not pickle, or None where it does."""
    from pyspark import cloudpickle

    try:
        cloudpickle.dumps(value)
    except Exception as error:
        return str(error)
    return None


def _narrowed(name: str, value: Any, why: str) -> tuple[str, Any, str]:
    """The innermost attribute that does not pickle."""
    if isinstance(value, dict):
        parts = {f"{name}[{key!r}]": part for key, part in value.items()}
    elif isinstance(value, list | tuple):
        parts = {f"{name}[{place}]": part for place, part in enumerate(value)}
    else:
        try:
            state = value.__getstate__()
        except Exception:
            return name, value, why
        named = state.items() if isinstance(state, dict) else ()
        parts = {f"{name}.{key}": part for key, part in named}
    for inner, part in parts.items():
        reason = _why_not(part)
        if reason is not None:
            return _narrowed(inner, part, reason)
    return name, value, why
