"""Calibrated classifiers: what is calibrated is fitted to each part of the rows once for every method."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, clone

from tenfold import _versions
from tenfold._lazy import is_class
from tenfold._sharing.key import key_of
from tenfold._sharing.paths.inner_clones import Clones
from tenfold._sharing.paths.path import Path, Refusal, Shape, Values
from tenfold._sharing.paths.views import (
    SKLEARN,
    Beside,
    LastFew,
    refuse_fit_params,
    refuse_jobs,
    view_of,
)
from tenfold._sharing.randomness import refuse_splitter, refuse_unseeded
from tenfold._warning import warn_again


class Calibrations(Path):
    """``method`` of ``CalibratedClassifierCV``."""

    name = "methods of calibration"
    why = "a method is fitted to what classifiers answer, and they are fitted without a look at it"
    estimators = ("sklearn.calibration.CalibratedClassifierCV",)
    parameters = ("method",)
    reads = "shared"
    warns = "each"
    proven = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        refuse_fit_params(fit_params)
        _versions.refuse_invalid(estimator, values)
        refuse_other_calibrations(estimator)
        refuse_jobs(estimator, "classifiers")
        refuse_unseeded(estimator.estimator)
        key_of(estimator.estimator)

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        fits = _Fits()
        for index, own in enumerate(values):
            fitted = clone(estimator).set_params(**own)
            if fits.fit_outer(fitted, fitted.estimator, X, y):
                yield index, fitted

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        """As the estimator's, over classifiers that are asked once for all that calibrate their answers."""
        told = [
            view_of(one, estimator=_knowing(one.estimator, X))
            for one in fitted.calibrated_classifiers_
        ]
        return getattr(view_of(fitted, calibrated_classifiers_=told), method)(X)


def refuse_other_calibrations(estimator: Any) -> None:
    """Refuse what does not fit a classifier of the user's to parts that are known beforehand."""
    base = estimator.estimator
    if base is None:
        raise Refusal("scikit-learn's own choice of a classifier is made anew in each fit")
    if isinstance(estimator.cv, str) or is_class(type(base), "sklearn.frozen.FrozenEstimator"):
        raise Refusal("a classifier that was fitted before leaves nothing to share")
    if estimator.ensemble is False:
        raise Refusal("ensemble=False predicts by cross-validation of its own")
    refuse_splitter(estimator.cv)


class _Seen(NamedTuple):
    """What stands for a fit that several calibrations share, and the answers of all such, by rows."""

    fit: object
    answers: LastFew


Array = np.ndarray[Any, Any]

_seen: Beside[_Seen] = Beside()


def _knowing(classifier: Any, X: Any) -> Any:
    """A view of a classifier that answers to X what one of the same fit has answered."""
    seen = _seen.get(classifier)
    if seen is None or not isinstance(classifier, BaseEstimator):
        return classifier
    answers: dict[Any, Any] = seen.answers.get(X, dict)
    view = view_of(classifier)
    for name in _ASKED:
        asked = getattr(classifier, name, None)
        if asked is not None:
            vars(view)[name] = _Answer(asked, X, answers, (seen.fit, name))
    return view


_ASKED = ("decision_function", "predict_proba")


class _Answer:
    """A method of a classifier, which remembers what it gives for some rows."""

    def __init__(self, asked: Any, X: Any, answers: dict[Any, Any], key: Hashable) -> None:
        self._asked, self._X, self._answers, self._key = asked, X, answers, key
        self.__name__ = asked.__name__

    def __call__(self, X: Any) -> Any:
        if X is not self._X:
            return self._asked(X)
        if self._key not in self._answers:
            self._answers[self._key] = self._asked(X)
        return self._answers[self._key].copy(order="K")


class _Known(NamedTuple):
    """A fit that others may stand on."""

    fitted: Any
    labels: Array
    seen: _Seen
    warned: Sequence[warnings.WarningMessage]


class _Fits(Clones):
    """Fits of an estimator's clones, which are the same for each candidate."""

    def __init__(self) -> None:
        self._known: list[_Known] = []
        self._answers = LastFew()

    def fit(self, made: Any, place: int, X: Any, y: Any, fit_params: Mapping[str, Any]) -> None:
        """Fit a clone, or have it take what the one at its place was fitted to."""
        labels = np.asarray(y)
        if place < len(self._known):
            known = self._known[place]
            # Labels are numbers for one method and text for another.
            if known.labels.dtype == labels.dtype and np.array_equal(known.labels, labels):
                vars(made).update(vars(known.fitted))
                _seen.put(made, known.seen)
                _warn_again(known.warned)
                return
        with warnings.catch_warnings(record=True) as warned:
            made.fit(X, y, **fit_params)
        _warn_again(warned)
        if place == len(self._known):
            seen = _Seen(object(), self._answers)
            _seen.put(made, seen)
            self._known.append(_Known(made, labels, seen, warned))


def _warn_again(warned: Sequence[warnings.WarningMessage]) -> None:
    """What one fit warns of each that it stands for would have warned of."""
    for one in warned:
        warn_again(one.message, one.category, one.filename, one.lineno)


PATHS: list[type[Path]] = [Calibrations]
