"""Whether an estimator, or one within it, has a fit that is native in part, for every candidate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sklearn.base import clone

from tenfold._gather.objects import view_of

Takes = Callable[[Mapping[str, Any]], bool]


def holds_one(
    estimator: Any,
    classes: type | tuple[type, ...],
    is_native: Callable[[Any], bool],
) -> Takes:
    """Says of parameters whether the estimator then holds one of these classes whose fit is native.

    Parameters
    ----------
    estimator : estimator
        Looked through once, for all parameters.
    classes : class or tuple of classes
    is_native : callable
        Given one that has the parameters in force.

    Returns
    -------
    callable
        From parameters, as ``set_params`` takes them, to bool.
    """
    own = _named(estimator)
    has_one = any(isinstance(part, classes) for part in own.values())

    def takes(parameters: Mapping[str, Any]) -> bool:
        values = {**own, **parameters}
        if any(
            _holds_parts(own.get(name)) or _holds_parts(parameters[name]) for name in parameters
        ):
            try:
                given = clone(dict(parameters), safe=False)
                values = _named(clone(estimator).set_params(**given))
            except Exception:  # whose cells fail
                return False
        elif not has_one:
            return False
        parts = [
            view_of(part, **_own_values(values, name))
            for name, part in values.items()
            if isinstance(part, classes)
        ]
        try:
            return any(map(is_native, parts))
        except Exception:  # values that scikit-learn refuses
            return False

    return takes


def _named(estimator: Any) -> dict[str, Any]:
    """An estimator, all within it and their parameters, by name."""
    return {"": estimator, **estimator.get_params(deep=True)}


def _holds_parts(value: Any) -> bool:
    """Whether a parameter is an estimator, or a list of named ones."""
    if isinstance(value, list):
        return any(isinstance(one, tuple) for one in value)
    return hasattr(value, "get_params")


def _own_values(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The parameters of the part of that name, without those of parts within it."""
    prefix = name and f"{name}__"
    own = {key[len(prefix) :]: value for key, value in values.items() if key.startswith(prefix)}
    return {key: value for key, value in own.items() if key and "__" not in key}


def never(parameters: Mapping[str, Any]) -> bool:
    """Where none is native, whatever the parameters."""
    return False
