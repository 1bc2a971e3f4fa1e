"""Fitted estimators whose responses to some rows are known, or are made otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.base import BaseEstimator

from tenfold._gather.objects import view_of

_RESPONSES = ("predict", "predict_proba", "decision_function")


def answering(fitted: Any, X: Any, respond: Callable[[str], Any]) -> Any:
    """A view of a fitted estimator that answers to X, that very object, by ``respond(method)``."""
    if not isinstance(fitted, BaseEstimator) or hasattr(type(fitted), "__copy__"):
        return fitted
    view = view_of(fitted)
    for method in _RESPONSES:
        if hasattr(fitted, method):
            vars(view)[method] = _Response(fitted, method, X, respond)
    return view


class _Response:
    """A method of a fitted estimator, answered from what is known for some rows."""

    def __init__(self, fitted: Any, method: str, X: Any, respond: Callable[[str], Any]) -> None:
        self._fitted = fitted
        self._X = X
        self._respond = respond
        self.__name__ = method

    def __call__(self, X: Any) -> Any:
        if X is self._X:
            return self._respond(self.__name__)
        return getattr(self._fitted, self.__name__)(X)
