"""Whether an estimator, or one within it, has a fit that is native in part, for every candidate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Takes = Callable[[Mapping[str, Any]], bool]


def holds_one(
    estimator: Any,
    classes: type | tuple[type, ...],
    is_native: Callable[[Mapping[str, Any]], bool],
) -> Takes:
    """Says of parameters whether the estimator then holds one of these classes whose fit is native.

    Parameters
    ----------
    estimator : estimator
        Looked through once, for all parameters.
    classes : class or tuple of classes
    is_native : callable
        Told of one by what it has in its ``__dict__``, the parameters in force.

    Returns
    -------
    callable
        From parameters, as ``set_params`` takes them, to bool.
    """
    own: dict[str, Any] = {"": estimator, **estimator.get_params(deep=True)}
    has_one = any(isinstance(part, classes) for part in own.values())

    def takes(parameters: Mapping[str, Any]) -> bool:
        if not has_one and not any(isinstance(part, classes) for part in parameters.values()):
            return False
        values = {**own, **parameters}
        for name, part in values.items():
            if isinstance(part, classes):
                prefix = f"{name}__".lstrip("_")
                in_force = {key: values.get(prefix + key, kept) for key, kept in vars(part).items()}
                if is_native(in_force):
                    return True
        return False

    return takes


def never(parameters: Mapping[str, Any]) -> bool:
    """Where none is native, whatever the parameters."""
    return False
