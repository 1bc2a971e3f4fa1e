"""scikit-learn's metrics without what stands around them: the same arithmetic, validated once a fold.

Words of this file:
    metric    what a scorer computes, for any fold
    prepared  the same for one fold's true targets, validated, encoded and summed up once
    response  what the estimator's ``predict``, ``predict_proba`` or ``decision_function`` gave

A scorer of scikit-learn's spends more on looking at its arguments than on the score, and looks at the same
true targets for each candidate. What a prepared metric gives is what the scorer gives, to the last bit.
Where scikit-learn would warn or raise, or where the arithmetic was not followed, it gives None, and the
scorer itself is to be called.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score

from tenfold import _versions
from tenfold._answer import metrics_of_classes, metrics_of_numbers
from tenfold._answer.metrics_of_classes import Prepared


@dataclass(frozen=True)
class FastMetric:
    """A scorer's metric.

    Attributes
    ----------
    methods : tuple of str
        The estimator's methods that give the response, in order of preference: the first that it has.
    """

    methods: tuple[str, ...]
    _sign: int
    _prepare: Callable[[Any, Any], Prepared | None]

    def prepare(self, y_true: Any, classes: Any = None, method: str = "predict") -> Prepared | None:
        """The metric of one fold; None where scikit-learn's scorer must be called.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True targets.
        classes : ndarray of shape (n_classes,), optional
            A fitted classifier's ``classes_``, the same for all that are scored; None for a regressor.
        method : str
            That of ``methods`` which gives the responses.

        Returns
        -------
        callable or None
            From a response to the score, in which greater is better, or to None, where scikit-learn's
            scorer must be called for this response.
        """
        try:
            with np.errstate(over="raise", divide="raise", invalid="raise"):
                prepared = self._prepare(y_true, classes)
        except FloatingPointError:
            return None
        if prepared is None:
            return None
        sign = self._sign
        one_column = method == "decision_function"  # of two classes, for scikit-learn's scorers

        def score(response: Any) -> float | None:
            if one_column and np.shape(response)[1:] == (2,):
                return None
            try:
                with np.errstate(over="raise", divide="raise", invalid="raise"):
                    value = prepared(response)
            except FloatingPointError:  # what NumPy would warn of
                return None
            return None if value is None else sign * value

        return score


def fast_metric(scorer: Any, estimator: Any = None) -> FastMetric | None:
    """What a scorer computes, if it is one of scikit-learn's own that are followed here; else None.

    Parameters
    ----------
    scorer : callable
        One scorer, of those that a search has.
    estimator : estimator, optional
        The one scored, or the last step of a Pipeline: tells what ``estimator.score`` is where the search
        has no scorer of its own.
    """
    if _versions.is_a(scorer, _versions.PassthroughScorer):
        return _of_score_method(estimator)
    if not _versions.is_a(scorer, _versions.Scorer) or _versions.asks_for_metadata(scorer):
        return None
    return _metric(*_versions.parts_of_scorer(scorer))


def _of_score_method(estimator: Any) -> FastMetric | None:
    own = getattr(type(estimator), "score", None)
    neighbors = sys.modules.get("sklearn.neighbors")
    # Their own score only lets X be None, for the training rows.
    if own in (
        ClassifierMixin.score,
        *(
            getattr(getattr(neighbors, name, None), "score", ClassifierMixin.score)
            for name in ("KNeighborsClassifier", "RadiusNeighborsClassifier")
        ),
    ):
        return _metric(accuracy_score, {}, 1, "predict")
    if own is RegressorMixin.score:
        return _metric(r2_score, {}, 1, "predict")
    return None


def _metric(function: Any, options: Any, sign: int, method: Any) -> FastMetric | None:
    methods = (method,) if isinstance(method, str) else tuple(method)
    followed = metrics_of_numbers.METRICS.get(function) or metrics_of_classes.METRICS.get(function)
    if followed is None or not followed.covers(options, methods):
        return None
    prepare = followed.prepare
    return FastMetric(methods, sign, lambda y, classes: prepare(y, classes, options))
