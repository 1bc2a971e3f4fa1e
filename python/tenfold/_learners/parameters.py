"""Whether scikit-learn would take a parameter, asked of scikit-learn and remembered."""

from __future__ import annotations

from typing import Any

import numpy as np

from tenfold import _versions
from tenfold._refusal import Refusal

_names: dict[type, tuple[str, ...]] = {}
_validity: dict[Any, bool] = {}


def names_of(learner: type) -> tuple[str, ...]:
    """Names of a class's parameters."""
    if learner not in _names:
        _names[learner] = _versions.parameter_names(learner)
    return _names[learner]


def check_parameters(learner: type, parameters: dict[str, Any]) -> None:
    """Raise Refusal where scikit-learn would refuse a parameter, so that it gets to say so itself."""
    for name, value in parameters.items():
        if not _is_valid(learner, name, value):
            raise Refusal(f"scikit-learn refuses {name}={value!r}")


def _is_valid(learner: type, name: str, value: Any) -> bool:
    if isinstance(value, np.random.RandomState | dict | list | np.ndarray):
        return _versions.is_valid_parameter(learner, name, value)  # not to be kept in a cache
    try:
        key = (learner, name, type(value), value)
        if key not in _validity:
            if len(_validity) > 10_000:
                _validity.clear()
            _validity[key] = _versions.is_valid_parameter(learner, name, value)
        return _validity[key]
    except TypeError as error:  # a value that cannot be hashed
        raise Refusal(f"{name}={value!r} has no native form") from error
