"""Clones that cost what a copy costs.

scikit-learn's ``clone`` and ``set_params`` inspect the constructor of a class each time: of a search over
short fits that is a good part. A fresh estimator of scikit-learn's (as its constructor leaves it) that has
nothing but values that cannot change is cloned by copying what it has.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from numbers import Number
from typing import Any

from sklearn.base import BaseEstimator, clone

from tenfold import _learners, _versions
from tenfold._gather.objects import view_of
from tenfold._lazy import is_class

_UNCHANGING = (Number, str, bytes, type(None))
# The commonest of these, which are told without a look at what they derive from.
_COMMON = frozenset((int, float, bool, str, type(None)))
# Names of what a class's constructor leaves, by class.
_fresh: dict[type, frozenset[str]] = {}


def another(fresh: Any) -> Any:
    """What ``clone`` gives."""
    if is_plain(fresh):
        return view_of(fresh)
    if not _is_pipeline(fresh):
        return clone(fresh)
    made = view_of(fresh)
    made.steps = [
        (name, step if isinstance(step, str | None) else another(step))
        for name, step in fresh.steps
    ]
    return made


def is_cheap(estimator: Any) -> bool:
    """Whether :func:`another` is quicker than ``clone``."""
    return is_plain(estimator) or _is_pipeline(estimator)


def is_plain(estimator: Any) -> bool:
    """Whether an estimator of scikit-learn's is fresh, and has nothing but values that cannot change."""
    cls: Any = type(estimator)
    if not _is_cloned_by_its_parameters(cls):
        return False
    values = vars(estimator)
    if cls not in _fresh:
        _fresh[cls] = frozenset(vars(clone(estimator)))
    if values.keys() != _fresh[cls]:
        return False
    learner = _learners.learner_of(cls)
    # What an ensemble keeps to make its members of, beside its parameters.
    extras: frozenset[str] = frozenset() if learner is None else learner.EXTRAS - _names_of(cls)
    return all(
        type(value) in _COMMON or _cannot_change(value) or name in extras
        for name, value in values.items()
    )


def with_parameters(made: Any, parameters: Mapping[str, Any]) -> Any:
    """An estimator after ``set_params(**clone(parameters, safe=False))``, as ``_fit_and_score`` does."""
    cls: Any = type(made)
    if (
        is_plain(made)
        and cls.set_params is BaseEstimator.set_params
        and parameters.keys() <= _names_of(cls)
        and all(map(_cannot_change, parameters.values()))
    ):
        vars(made).update(parameters)
        return made
    return made.set_params(**clone(dict(parameters), safe=False))


def _cannot_change(value: Any) -> bool:
    return isinstance(value, _UNCHANGING) or (
        type(value) is tuple and all(map(_cannot_change, value))
    )


def _is_pipeline(estimator: Any) -> bool:
    cls: Any = type(estimator)
    if not is_class(cls, "sklearn.pipeline.Pipeline"):
        return False
    others = {name: value for name, value in vars(estimator).items() if name != "steps"}
    return (
        {*others, "steps"} == _names_of(cls)
        and all(map(_cannot_change, others.values()))
        and type(estimator.steps) is list
        and all(
            type(step) is tuple and len(step) == 2 and isinstance(step[0], str)
            for step in estimator.steps
        )
    )


@functools.cache
def _is_cloned_by_its_parameters(cls: Any) -> bool:
    return (
        cls.__module__.partition(".")[0] == "sklearn"
        and issubclass(cls, BaseEstimator)
        and cls.__sklearn_clone__ is BaseEstimator.__sklearn_clone__
        and cls.get_params is BaseEstimator.get_params
        and not any("__slots__" in vars(base) for base in cls.__mro__[:-1])
    )


@functools.cache
def _names_of(cls: Any) -> frozenset[str]:
    return frozenset(_versions.parameter_names(cls))
