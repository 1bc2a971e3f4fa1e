"""What paths say of one candidate: what tells it from its family, and what it has in common with it."""

from __future__ import annotations

import pickle
from collections.abc import Collection, Hashable, Mapping
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator

from tenfold import _versions
from tenfold._refusal import Refusal, Remembered
from tenfold._sharing.key import key_of
from tenfold._sharing.paths.path import Path, Shape
from tenfold._sharing.paths.registry import refuse_version


class Offer(NamedTuple):
    """What a path says of a candidate on rows of one shape.

    Attributes
    ----------
    values : dict
        Those of the path's parameters.
    values_key : hashable
        Equal for equal values.
    common : hashable
        Equal within a family.
    work : float
    """

    values: dict[str, Any]
    values_key: Hashable
    common: Hashable
    work: float


class Offers:
    """Asks paths about one candidate.

    Parameters
    ----------
    estimator : estimator
        Unfitted, with the candidate's parameters in force.
    disabled : collection of str
        Names of rules that are switched off.

    Raises
    ------
    Refusal
        Where a parameter can't be compared by value.
    """

    def __init__(self, estimator: Any, disabled: Collection[str]) -> None:
        self._estimator = estimator
        self._disabled = disabled
        self._values = _values_of(estimator)
        self._keys = keys_of(estimator)
        self._checked = Remembered[dict[str, Any]]()

    def offer(self, path: Path, shape: Shape, fit_params: Mapping[str, Any]) -> Offer:
        """What a path offers; raises Refusal where it doesn't."""
        # Splits differ in size by a row, and ask anew.
        given = {name: value for name, value in fit_params.items() if value is not None}
        try:
            values = self._checked.get(path.name, lambda: self._on_any_rows(path))
            path.refuse(self._estimator, values, shape, given)
            group = path.group(self._estimator, values, shape)
            work = path.work(self._estimator, values, shape)
        except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
            # Whatever is made of it is scikit-learn's to say.
            raise Refusal("a parameter has a value that can't be read") from error
        common = tuple(item for item in self._keys.items() if item[0] not in values)
        # Rows and columns of a precomputed kernel are cut together.
        pairwise = any(_is(self._values.get(name), "precomputed") for name in ("kernel", "metric"))
        return Offer(
            values,
            tuple(self._keys[name] for name in values),
            (type(self._estimator), common, pairwise, group),
            work,
        )

    def _on_any_rows(self, path: Path) -> dict[str, Any]:
        """The values of a path's parameters; raises Refusal for what no rows would change."""
        if path.name in self._disabled:
            raise Refusal("switched off by disabled_rules")
        refuse_version(path)
        if path.draws(self._estimator):
            raise Refusal("no random_state: each candidate draws its own")
        values = {name: self._values[name] for name in path.parameters if name in self._values}
        _refuse_invalid(type(self._estimator), values)
        return values


def keys_of(estimator: Any) -> dict[str, Hashable]:
    """Of each parameter a key that is equal for equal values; raises Refusal where there is none."""
    keys: dict[str, Hashable] = {}
    for name, value in _values_of(estimator).items():
        if type(value) is np.random.RandomState:
            # Copied with the estimator, so that each fit draws the same from it.
            keys[name] = np.random.RandomState, pickle.dumps(value)
            continue
        try:
            keys[name] = key_of(value)
        except Refusal as reason:
            raise Refusal(f"{name} can't be compared by value: {reason}") from reason
    return keys


def _values_of(estimator: Any) -> dict[str, Any]:
    """All that an unfitted estimator has: what scikit-learn's have in their ``__dict__``.

    Others may keep there what they were set to under other names as well, as LightGBM's do.
    """
    of_sklearn = type(estimator).__module__.partition(".")[0] == "sklearn"
    if of_sklearn and isinstance(estimator, BaseEstimator):
        return dict(sorted(vars(estimator).items()))
    values: dict[str, Any] = estimator.get_params(deep=False)
    return dict(sorted(values.items()))


def _refuse_invalid(cls: type, values: Mapping[str, Any]) -> None:
    """What scikit-learn refuses fails alone, so that it gets to say so, and takes no other with it."""
    if not hasattr(cls, "_parameter_constraints"):
        return
    for name, value in values.items():
        if not _versions.is_valid_parameter(cls, name, value):
            raise Refusal(f"scikit-learn refuses {name}={value!r}")


def _is(value: Any, text: str) -> bool:
    return isinstance(value, str) and value == text
