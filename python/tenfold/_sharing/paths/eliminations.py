"""RFE and sequential selection: columns go, or come, in one order, and candidates stop along it.

scikit-learn's own code runs for the candidate that goes furthest, and what it fits on the way is known to the
others.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone

from tenfold import _versions
from tenfold._sharing.paths.path import Path, Refusal, Shape, Values
from tenfold._sharing.paths.selections import Selection
from tenfold._sharing.randomness import refuse_splitter, refuse_unseeded, undrawn


class Elimination(Selection):
    """``RFE``, as a selector of columns and as a predictor over them."""

    name = "recursive elimination"
    why = (
        "which column goes next depends on those that are left, not on where to stop, and the model over "
        "those that are left is the one that says which goes next"
    )
    estimators = ("sklearn.feature_selection.RFE",)
    parameters = ("n_features_to_select",)
    reads = "down"

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        _versions.refuse_invalid(estimator, values)
        _versions.refuse_invalid(estimator, {"step": estimator.step})
        if fit_params:
            raise Refusal("fit parameters go on to the estimator inside")
        if estimator.verbose:
            raise Refusal("each step is printed")
        if callable(estimator.importance_getter):
            raise Refusal("what a function makes of a model may differ from call to call")
        refuse_unseeded(estimator.estimator)

    def work(self, estimator: Any, values: Values, shape: Shape) -> float:
        if shape.n_features < 0:
            return 1.0
        n_kept = _n_kept(values["n_features_to_select"], shape.n_features)
        return 1.0 + max(shape.n_features - n_kept, 0) / _step(estimator, shape.n_features)

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        n_features = np.shape(X)[1]
        step = _step(estimator, n_features)
        known: dict[int, Any] = {}
        n_kept = [_n_kept(own["n_features_to_select"], n_features) for own in values]
        for index in sorted(range(len(values)), key=n_kept.__getitem__):
            fitted = clone(estimator).set_params(**values[index])
            models = _Models(fitted.estimator, known, n_features, step, n_kept[index])
            fitted.estimator.__sklearn_clone__ = models
            with undrawn(estimator.estimator):
                try:
                    fitted.fit(X, y)
                except (
                    ValueError
                ):  # no column to fit on, or rows that can't be read: it says so alone
                    continue
            del fitted.estimator.__sklearn_clone__
            vars(fitted.estimator_).pop("fit", None)
            models.keep()
            yield index, fitted


class _Models:
    """Answers ``clone`` by models that are fitted already, as far as an elimination has come before.

    Its n-th clone is fitted on what ``step`` columns a time leave, unless fewer than that are to go.
    """

    def __init__(
        self, unfitted: Any, known: dict[int, Any], n_features: int, step: int, n_kept: int
    ) -> None:
        self._unfitted = unfitted
        self._known = known
        self._n_features = n_features
        self._step = step
        self._n_kept = n_kept
        self._made: dict[int, Any] = {}
        self._n_asked = 0

    def __call__(self) -> Any:
        number = self._n_asked
        self._n_asked += 1
        shared = not number or self._n_features - number * self._step >= self._n_kept
        if shared and number in self._known:
            model = copy.copy(self._known[number])
            model.fit = lambda X, y, **fit_params: model
            return model
        model = type(self._unfitted).__sklearn_clone__(self._unfitted)
        if shared:
            self._made[number] = model
        return model

    def keep(self) -> None:
        """What was fitted is known to the candidates that follow."""
        self._known.update(self._made)


def _step(estimator: Any, n_features: int) -> int:
    if 0.0 < estimator.step < 1.0:
        return int(max(1, estimator.step * n_features))
    return int(estimator.step)


def _n_kept(asked: Any, n_features: int) -> int:
    if asked is None:
        return n_features // 2
    if isinstance(asked, int | np.integer):
        return int(asked)
    return int(n_features * asked)


class SequentialSelection(Selection):
    """``SequentialFeatureSelector``, in both directions."""

    name = "sequential selection"
    why = "each column is chosen given those before it, whatever their number will be in the end"
    estimators = ("sklearn.feature_selection.SequentialFeatureSelector",)
    parameters = ("n_features_to_select",)
    reads = "down"
    warns = "all"

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        _versions.refuse_invalid(estimator, values)
        if fit_params:
            raise Refusal("fit parameters go on to the estimator inside")
        if estimator.tol is not None:
            raise Refusal("with tol each candidate stops where it likes")
        if callable(estimator.scoring):
            raise Refusal("a scorer of the user's may give something else at its next call")
        refuse_splitter(estimator.cv)
        refuse_unseeded(estimator.estimator)

    def work(self, estimator: Any, values: Values, shape: Shape) -> float:
        n_steps = _n_steps(estimator, values["n_features_to_select"], max(shape.n_features, 1))
        return 1.0 + max(n_steps or 0, 0)

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        n_features = np.shape(X)[1]
        asked = [own["n_features_to_select"] for own in values]
        steps = {
            index: n_steps
            for index, value in enumerate(asked)
            if (n_steps := _n_steps(estimator, value, n_features)) is not None
        }
        if not steps:
            return
        longest = max(steps, key=steps.__getitem__)
        whole = clone(estimator).set_params(n_features_to_select=asked[longest])
        order: list[int] = []
        best = whole._get_best_new_feature_score

        def listen(*args: Any, **kwargs: Any) -> Any:
            found = best(*args, **kwargs)
            order.append(found[0])
            return found

        whole._get_best_new_feature_score = listen
        with undrawn(estimator.estimator):
            whole.fit(X, y)
        del whole._get_best_new_feature_score
        for index, n_steps in steps.items():
            fitted = copy.copy(whole)
            vars(fitted).update(values[index])
            mask = np.zeros(n_features, dtype=bool)
            mask[order[:n_steps]] = True
            fitted.support_ = ~mask if estimator.direction == "backward" else mask
            fitted.n_features_to_select_ = fitted.support_.sum()
            yield index, fitted


def _n_steps(estimator: Any, asked: Any, n_features: int) -> int | None:
    """How many columns are chosen, or left out; None where scikit-learn refuses the number."""
    if isinstance(asked, str):  # "auto", which takes half of the columns in either direction
        return n_features // 2
    if isinstance(asked, int | np.integer):
        if asked >= n_features:
            return None
        n_kept = int(asked)
    else:
        n_kept = int(n_features * asked)
    return n_kept if estimator.direction == "forward" else n_features - n_kept


PATHS: list[type[Path]] = [Elimination, SequentialSelection]
