"""Estimators in objects of their own, over what others have."""

from __future__ import annotations

import functools
from typing import Any

from sklearn.base import BaseEstimator

# What Pipelines and unions hold their parts in, and fit in place.
_PARTS = ("steps", "transformer_list")


def view_of(estimator: Any, /, **changes: Any) -> Any:
    """A second object over the same attributes, some of them exchanged."""
    view: Any = object.__new__(type(estimator))
    vars(view).update(vars(estimator), **changes)
    return view


def another_object(estimator: Any) -> Any:
    """An estimator as its clone left it, in an object of its own; itself where that may not be copied.

    Parts of Pipelines and unions become others too; all that no fit changes in place is the same object.
    """
    cls: Any = type(estimator)
    if not _may_be_copied(cls):
        return estimator
    made = view_of(estimator)
    for name in _PARTS:
        parts = vars(made).get(name)
        if type(parts) is list and all(type(part) is tuple and len(part) == 2 for part in parts):
            vars(made)[name] = [(label, another_object(part)) for label, part in parts]
    return made


@functools.cache
def _may_be_copied(cls: Any) -> bool:
    return (
        issubclass(cls, BaseEstimator)
        and cls.__sklearn_clone__ is BaseEstimator.__sklearn_clone__
        and cls.__new__ is object.__new__
        and not hasattr(cls, "__copy__")
        and not any(vars(base).get("__slots__") for base in cls.__mro__)
    )
