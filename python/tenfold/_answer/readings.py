"""From fitted estimators that stand for candidates to what scikit-learn's functions return.

Two manners. *Plain*: every scorer is one of scikit-learn's own over the estimator's responses and nothing
else is asked for, so responses and metrics give the scores, and the result is a dictionary whose keys
scikit-learn has shown. *Genuine*: scikit-learn's own function runs, over an estimator whose ``fit`` takes the
reading.
"""

from __future__ import annotations

import copy
import numbers
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator

from tenfold import _versions
from tenfold._answer.answering import answering
from tenfold._answer.metrics import fast_metric
from tenfold._gather.calls import Kind

_KNOWN_KEYS = frozenset(
    {"fit_error", "test_scores", "train_scores", "n_test_samples", "fit_time", "score_time"}
)
_template: dict[Any, dict[str, Any] | None] = {}


def is_plain(kind: Kind, asked: Mapping[str, Any], estimator: Any) -> bool:
    """Whether scores alone are asked for, and are made of the estimator's responses."""
    if kind is not Kind.FIT_AND_SCORE or asked.get("verbose", 0) > 1:
        return False
    if asked.get("return_estimator") or asked.get("return_parameters"):
        return False
    if any(value is not None for value in (asked.get("score_params") or {}).values()):
        return False
    scorers = _versions.scorers_of(asked["scorer"]).values()
    return all(_is_plain_scorer(s, estimator) for s in scorers) and template_like(asked) is not None


def _is_plain_scorer(scorer: Any, estimator: Any) -> bool:
    if _versions.is_a(scorer, _versions.PassthroughScorer):
        return _is_sklearns(getattr(type(estimator), "score", None))
    if not _versions.is_a(scorer, _versions.Scorer):
        return False
    return _is_sklearns(_versions.parts_of_scorer(scorer).function)


def _is_sklearns(function: Any) -> bool:
    return (getattr(function, "__module__", None) or "").partition(".")[0] == "sklearn"


def template_like(asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """What scikit-learn returns for such a cell, found by having it score a trifle; None for unknown keys."""
    flags = {
        name: bool(asked.get(name, False))
        for name in ("return_train_score", "return_n_test_samples", "return_times")
    }
    key = tuple(flags.values())
    if key not in _template:
        result = _versions.fit_and_score(
            _Nothing(), np.zeros((2, 1)), np.zeros(2), scorer=_zero, train=[0], test=[1], verbose=0,
            parameters=None, fit_params=None, score_params=None, error_score="raise", **flags,
        )  # fmt: skip
        _template[key] = result if set(result) <= _KNOWN_KEYS else None
    return _template[key]


class _Nothing(BaseEstimator):  # type: ignore[misc]
    def fit(self, X: Any, y: Any) -> Any:
        return self


def _zero(estimator: Any, X: Any, y: Any) -> float:
    return 0.0


class Rows(NamedTuple):
    """What a family is fitted and scored on; ``train`` is what training scores are made of."""

    fit: Any
    y_fit: Any
    test: Any
    y_test: Any
    train: Any


@dataclass
class PlainReader:
    """Scores readings by responses and metrics.

    Attributes
    ----------
    respond : callable
        ``Path.response``: from a fitted estimator, a method's name and rows to what that gives.
    scorers : dict of str to scorer
        By name; "" where there is one alone.
    """

    rows: Rows
    scorers: Mapping[str, Any]
    with_train: bool
    template: Mapping[str, Any]
    respond: Callable[[Any, str, Any], Any]
    _prepared: dict[Any, Any] = field(default_factory=dict)

    def result(self, fitted: Any) -> dict[str, Any]:
        """A cell's result but for its time of fitting; raises where scikit-learn's own code must say why."""
        result = dict(self.template)
        started = time.perf_counter()
        result["test_scores"] = self._scores(fitted, self.rows.test, self.rows.y_test)
        if "score_time" in result:
            result["score_time"] = time.perf_counter() - started
        if self.with_train:
            result["train_scores"] = self._scores(fitted, self.rows.train, self.rows.y_fit)
        if "n_test_samples" in result:
            result["n_test_samples"] = _versions.num_samples(self.rows.test)
        return result

    def _scores(self, fitted: Any, X: Any, y: Any) -> Any:
        responses: dict[str, Any] = {}

        def respond(method: str) -> Any:
            if method not in responses:
                responses[method] = self.respond(fitted, method, X)
            return responses[method]

        scores = {
            name: self._score(name, scorer, fitted, X, y, respond)
            for name, scorer in self.scorers.items()
        }
        return scores[""] if list(scores) == [""] else scores

    def _score(
        self, name: str, scorer: Any, fitted: Any, X: Any, y: Any, respond: Callable[[str], Any]
    ) -> Any:
        prepared = self._metric(name, scorer, fitted, X, y)
        score = None
        if prepared is not None:
            method, metric = prepared
            score = metric(respond(method))
        if score is None:
            seen = answering(fitted, X, respond)
            score = scorer(seen, X) if y is None else scorer(seen, X, y)
        if hasattr(score, "item"):
            score = score.item()
        if not isinstance(score, numbers.Number):
            raise TypeError("no number")  # scikit-learn's own code says it
        return score

    def _metric(self, name: str, scorer: Any, fitted: Any, X: Any, y: Any) -> Any:
        """The response method and the metric of one part of the rows; None without a fast one."""
        key = name, X is self.rows.test
        if key not in self._prepared:
            self._prepared[key] = None
            metric = None if y is None else fast_metric(scorer, fitted)
            if metric is not None:
                method = next((m for m in metric.methods if hasattr(fitted, m)), None)
                if method is not None:
                    prepared = metric.prepare(y, getattr(fitted, "classes_", None), method)
                    if prepared is not None:
                        self._prepared[key] = method, prepared
        return self._prepared[key]


def genuine_result(fitted: Any, *, lent: bool, run: Callable[[Callable[[Any], Any]], Any]) -> Any:
    """What scikit-learn's own function gives for a call whose fit gives what was read off.

    Parameters
    ----------
    fitted : estimator
        The reading.
    lent : bool
        Whether others have this reading, or parts of it: then this one gets a copy.
    run : callable
        Runs scikit-learn's function with the given ``take(estimator)`` in place of its estimator's fit.
    """

    def take(estimator: Any) -> Any:
        state = vars(copy.deepcopy(fitted) if lent else fitted)
        kept = {n: v for n, v in vars(estimator).items() if n in _versions.set_during_fit}
        vars(estimator).clear()
        vars(estimator).update({**state, **kept})
        return estimator

    result = run(take)
    if isinstance(result, dict) and result.get("fit_error") is not None:
        raise RuntimeError("scikit-learn's own code says why")
    return result


@contextmanager
def with_fit(estimator: Any, take: Callable[[Any], Any]) -> Iterator[None]:
    """Have an estimator's next fit take a reading; after an error it is as it was."""
    before = dict(vars(estimator))

    def fit(X: Any, y: Any = None, **params: Any) -> Any:
        return take(estimator)

    vars(estimator)["fit"] = fit
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise
    finally:
        vars(estimator).pop("fit", None)
