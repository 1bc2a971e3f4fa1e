"""Naive Bayes: moments and counts are those of the rows; smoothing comes after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from tenfold._numerics.numpy_sums import quotient_sums
from tenfold._sharing.paths.path import Path, Refusal, Shape, Values
from tenfold._sharing.paths.views import (
    SKLEARN,
    Beside,
    LastFew,
    refuse_fit_params,
    refuse_invalid,
    view_of,
)

_squares: Beside[LastFew] = Beside()
# Squared differences of rows and class means are kept up to this many bytes.
_MOST_BYTES = 64 << 20


class GaussianSmoothing(Path):
    """``var_smoothing`` of ``GaussianNB``."""

    name = "smoothing of Gaussian naive Bayes"
    why = "means and variances are computed once, and each var_smoothing adds its share to the variances"
    estimators = ("sklearn.naive_bayes.GaussianNB",)
    parameters = ("var_smoothing",)
    proven = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        refuse_fit_params(fit_params, ("sample_weight",))
        refuse_invalid(estimator, values)

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        whole = estimator.set_params(var_smoothing=0.0).fit(X, y, **fit_params)
        largest = np.max(np.var(whole._check_X(X), axis=0))
        if not np.isfinite(largest):
            raise Refusal("the variance of a column is infinite")
        family = LastFew()
        for index, own in enumerate(values):
            view = view_of(whole, **own)
            view.epsilon_ = own["var_smoothing"] * largest
            view.var_ = whole.var_.copy()
            view.var_[:, :] += view.epsilon_
            _squares.put(view, family)
            yield index, view

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        family = _squares.get(fitted)
        if family is None:
            return getattr(fitted, method)(X)
        checked, squares = family.get(X, lambda: _differences(fitted, X))
        if squares is None:
            return getattr(fitted, method)(X)

        def log_likelihood(_: Any) -> Any:
            """``GaussianNB._joint_log_likelihood``."""
            sums = quotient_sums(squares, fitted.var_)
            if sums is not None:
                constants = -0.5 * np.sum(np.log(2.0 * np.pi * fitted.var_), axis=1)
                priors = np.log(fitted.class_prior_)
                return (priors[:, np.newaxis] + (constants[:, np.newaxis] - 0.5 * sums)).T
            joint = []
            for i, square in enumerate(squares):
                prior = np.log(fitted.class_prior_[i])
                n_ij = -0.5 * np.sum(np.log(2.0 * np.pi * fitted.var_[i, :]))
                n_ij = n_ij - 0.5 * np.sum(square / fitted.var_[i, :], axis=1)
                joint.append(prior + n_ij)
            return np.array(joint).T

        told = view_of(fitted, _joint_log_likelihood=log_likelihood, _check_X=lambda X: checked)
        return getattr(told, method)(X)


def _differences(fitted: Any, X: Any) -> tuple[Any, Any]:
    checked = fitted._check_X(X)
    if checked.size * len(fitted.classes_) * 8 > _MOST_BYTES:
        return checked, None
    squares = [(checked - mean) ** 2 for mean in fitted.theta_]
    in_order = all(square.flags.c_contiguous for square in squares)
    # Of columns one after the other NumPy's sums have another order: they stay as they are.
    return checked, np.stack(squares) if in_order else squares


class DiscreteSmoothing(Path):
    """``alpha``, ``force_alpha`` and ``fit_prior`` of naive Bayes over counts."""

    name = "smoothing of naive Bayes over counts"
    why = "counts are taken once, and each alpha is added to them before logarithms are taken"
    estimators: ClassVar[tuple[str, ...]] = (
        "sklearn.naive_bayes.MultinomialNB",
        "sklearn.naive_bayes.BernoulliNB",
        "sklearn.naive_bayes.CategoricalNB",
    )
    parameters: ClassVar[tuple[str, ...]] = ("alpha", "force_alpha", "fit_prior")
    proven = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        refuse_fit_params(fit_params, ("sample_weight",))
        refuse_invalid(estimator, values)
        if not isinstance(estimator.alpha, Real) or isinstance(estimator.alpha, bool):
            raise Refusal("an alpha a column is left to scikit-learn")

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        common = estimator.get_params(deep=False)
        # No value of a candidate's, which might warn.
        whole = estimator.set_params(alpha=1.0).fit(X, y, **fit_params)
        for index, own in enumerate(values):
            view = view_of(whole, **{**common, **own})
            view._update_feature_log_prob(view._check_alpha())
            view._update_class_log_prior(class_prior=view.class_prior)
            yield index, view


class ComplementSmoothing(DiscreteSmoothing):
    """``alpha``, ``force_alpha``, ``fit_prior`` and ``norm`` of ``ComplementNB``."""

    name = "smoothing of complement naive Bayes"
    estimators = ("sklearn.naive_bayes.ComplementNB",)
    parameters = ("alpha", "force_alpha", "fit_prior", "norm")


PATHS = (GaussianSmoothing, DiscreteSmoothing, ComplementSmoothing)
