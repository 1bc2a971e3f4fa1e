"""Voting and stacking: what is made of the members' answers differs, their fits do not."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.linear_model import LogisticRegression, RidgeCV

from tenfold import _versions
from tenfold._sharing.key import key_of
from tenfold._sharing.paths.path import Path, Refusal, Shape, Values
from tenfold._sharing.paths.views import SKLEARN, refuse_jobs
from tenfold._sharing.randomness import refuse_splitter, refuse_unseeded, undrawn


class _Committee(Path):
    reads = "shared"
    warns = "each"
    proven = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        if fit_params:
            raise Refusal("fit parameters go on to the members")
        refuse_jobs(estimator, "members")
        if estimator.verbose:
            raise Refusal("each fit is printed")
        members = estimator.estimators
        if not isinstance(members, list) or not members:
            raise Refusal("scikit-learn refuses these estimators")
        for member in members:
            if not isinstance(member, tuple) or len(member) != 2:
                raise Refusal("scikit-learn refuses these estimators")
            if not isinstance(member[1], str):
                refuse_unseeded(member[1])
                key_of(member[1])


class Votes(_Committee):
    """``VotingClassifier`` and ``VotingRegressor``: each member is fitted once for all who have it."""

    name = "members of a vote"
    why = "a member is fitted to the rows alone, whatever its vote weighs and whoever else votes"
    estimators = ("sklearn.ensemble.VotingClassifier", "sklearn.ensemble.VotingRegressor")
    parameters = ("estimators", "weights", "voting", "flatten_transform")

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        known: dict[Hashable, Any] = {}
        for index, own in enumerate(values):
            fitted = clone(estimator).set_params(**clone(dict(own), safe=False))
            members = [part for _, part in fitted.estimators if not isinstance(part, str)]
            keys = [key_of(part) for part in members]
            for part, key in zip(members, keys, strict=True):
                if key in known:
                    part.__sklearn_clone__ = _Fitted(known[key])
            try:
                with undrawn(*members):
                    fitted.fit(X, y)
            except Refusal:
                raise
            except Exception:  # weights that are too many, say: that candidate's own error
                continue
            finally:
                for part in members:
                    vars(part).pop("__sklearn_clone__", None)
            for key, member in zip(keys, fitted.estimators_, strict=True):
                vars(member).pop("fit", None)
                known.setdefault(key, member)
            yield index, fitted


class _Fitted:
    """Answers ``clone`` by an estimator that is fitted already, and says so when it is fitted."""

    def __init__(self, fitted: Any) -> None:
        self._fitted = fitted

    def __call__(self) -> Any:
        known = copy.copy(self._fitted)
        known.fit = lambda X, y=None, **fit_params: known
        return known


class Stacks(_Committee):
    """``StackingClassifier`` and ``StackingRegressor``."""

    name = "members of a stack"
    why = (
        "members are fitted, and cross-validated for what the final estimator learns from, whatever "
        "the final estimator is"
    )
    estimators = ("sklearn.ensemble.StackingClassifier", "sklearn.ensemble.StackingRegressor")
    parameters = ("final_estimator",)

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        super().refuse(estimator, values, shape, fit_params)
        if isinstance(estimator.cv, str):
            raise Refusal("members that were fitted before leave nothing to share")
        refuse_splitter(estimator.cv)
        _versions.refuse_invalid(estimator, values)
        final = _final_of(estimator)
        refuse_unseeded(final)
        if not (is_classifier if _classifies(estimator) else is_regressor)(final):
            raise Refusal("scikit-learn refuses this final_estimator")

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        whole = clone(estimator)
        listener = _Listener(clone(_final_of(whole)))
        whole.final_estimator = listener.final
        with undrawn(*(part for _, part in whole.estimators)):
            whole.fit(X, y)
        for index, own in enumerate(values):
            fitted = copy.copy(whole)
            fitted.final_estimator = clone(own["final_estimator"], safe=False)
            final = clone(_final_of(fitted))
            try:
                with undrawn(final):
                    final.fit(_own_copy(listener.X), listener.y.copy())
            except Refusal:
                raise
            except Exception:  # that candidate's own error
                continue
            fitted.final_estimator_ = final
            yield index, fitted


class _Listener:
    """An estimator whose clone takes down what it is asked to be fitted on, and is not."""

    def __init__(self, final: Any) -> None:
        self.final = final
        self.X: Any = None
        self.y: Any = None
        final.__sklearn_clone__ = self._clone

    def _clone(self) -> Any:
        listening = copy.copy(self.final)
        vars(listening).pop("__sklearn_clone__", None)
        listening.fit = self._fit
        return listening

    def _fit(self, X: Any, y: Any, **fit_params: Any) -> None:
        self.X, self.y = X, np.asarray(y)


def _classifies(estimator: Any) -> bool:
    return type(estimator).__name__.endswith("Classifier")


def _final_of(estimator: Any) -> Any:
    if estimator.final_estimator is not None:
        return estimator.final_estimator
    return LogisticRegression() if _classifies(estimator) else RidgeCV()


def _own_copy(X: Any) -> Any:
    return X.copy() if sparse.issparse(X) else np.array(X, order="K", copy=True)


PATHS: list[type[Path]] = [Votes, Stacks]
